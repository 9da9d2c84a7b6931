#include "wire/http1/field_lines.h"

#include "wire/http1/field_name.h"
#include "wire/http1/scan.h"

namespace stead::wire::http1 {

namespace {

// The end of the value that fills [begin, end), without the blanks behind it.
const char* trim_end(const char* begin, const char* end) {
  while (end != begin && is_blank(end[-1])) --end;
  return end;
}

// Of a byte that ends a name and isn't ':'. White space there is the classic way to smuggle a field past one of two
// parsers (RFC 9112 section 5.1).
Refusal judge_name_end(char stop) { return stop == '\n' ? Refusal::BareLineFeed : Refusal::BadFieldName; }

// Of a byte that ends a value and isn't CR.
Refusal judge_value_end(char stop) { return stop == '\n' ? Refusal::BareLineFeed : Refusal::BadFieldValue; }

}  // namespace

FieldLines::Step FieldLines::pause(Phase phase, std::uint32_t at) {
  phase_ = phase;
  at_ = at;
  return Step::More;
}

FieldLines::Step FieldLines::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Step::Refused;
}

// Judges the first byte of a line. Line: it begins a name.
FieldLines::Step FieldLines::start_line(std::string_view bytes, const Field* field) {
  if (at_ == bytes.size()) return Step::More;
  const char first = bytes[at_];
  if (first == '\r') {
    ++at_;
    phase_ = Phase::LastLineFeed;
    return finish(bytes);
  }
  // RFC 9112 section 5.2 for the lines behind the first, section 2.2 for the first: refused, not joined.
  if (is_blank(first)) return refuse(Refusal::ObsoleteFold);
  if (first == '\n') return refuse(Refusal::BareLineFeed);
  if (field == nullptr) return refuse(Refusal::TooManyFields);
  return Step::Line;
}

FieldLines::Step FieldLines::finish(std::string_view bytes) {
  if (at_ == bytes.size()) return Step::More;
  if (bytes[at_] != '\n') return refuse(Refusal::BareLineFeed);
  ++at_;
  return Step::End;
}

// One pass from left to right. The phases fall through into each other while there are bytes; when they run out in the
// middle, the phase and the place are kept, what is known of the line is in `field`, and the next call jumps back in.
FieldLines::Step FieldLines::next(std::string_view bytes, Field* field) {
  const char* const base = bytes.data();
  const char* const end = base + bytes.size();
  const auto offset = [base](const char* place) { return static_cast<std::uint32_t>(place - base); };
  const char* at = base + at_;

  switch (phase_) {
    case Phase::LineStart:
      if (const Step step = start_line(bytes, field); step != Step::Line) return step;
      field->name = at_;
      field->drop = false;
      [[fallthrough]];
    case Phase::Name:
      at = skip_plain_name(at, end);
      if (at != end && *at != ':') {
        // Rare: the name has a character that plain ones don't, or is not a name at all.
        const char* const plain_end = at;
        at = skip_token(at, end);
        field->drop = field->drop || std::string_view(plain_end, at).contains('_');
      }
      if (at == end) return pause(Phase::Name, offset(at));
      if (*at != ':' || offset(at) == field->name) return refuse(judge_name_end(*at));
      field->name_length = static_cast<std::uint16_t>(offset(at) - field->name);
      ++at;
      [[fallthrough]];
    case Phase::BeforeValue:
      while (at != end && is_blank(*at)) ++at;
      if (at == end) return pause(Phase::BeforeValue, offset(at));
      field->value = offset(at);
      [[fallthrough]];
    case Phase::Value:
      at = skip_value(at, end);
      if (at == end) return pause(Phase::Value, offset(at));
      if (*at != '\r') return refuse(judge_value_end(*at));
      // Whether the next line continues this one is not asked here: a line that begins with a blank is refused.
      field->value_length = offset(trim_end(base + field->value, at)) - field->value;
      ++at;
      [[fallthrough]];
    case Phase::LineFeed:
      if (at == end) return pause(Phase::LineFeed, offset(at));
      if (*at != '\n') return refuse(Refusal::BareLineFeed);
      field->id = identify(std::string_view(base + field->name, field->name_length));
      at_ = offset(at + 1);
      phase_ = Phase::LineStart;
      return Step::Line;
    case Phase::LastLineFeed:
      break;
  }
  return finish(bytes);
}

}  // namespace stead::wire::http1
