// How the status line is read (RFC 9112 section 4):
//
//   HTTP-version SP status [ SP reason ] CRLF      then field_lines.h takes over
//   Version         Status      Reason
//
// Empty lines before it are not skipped, as they are before a request: bytes between two answers mean that the first
// one was longer than we think, and then nothing on this connection can be believed.
#include "wire/http1/response_parser.h"

#include <algorithm>

#include "wire/http1/scan.h"
#include "wire/http1/version.h"

namespace stead::wire::http1 {

namespace {

constexpr std::size_t kStatusDigits = 3;

// The N of "timeout=N" in a Keep-Alive field, or -1. No RFC defines the field in force, and it is a hint only, so what
// cannot be read is passed over.
std::int32_t read_keep_alive_timeout(std::string_view value) {
  constexpr std::size_t kMaxDigits = 9;
  std::string_view element;
  while (next_element(value, element)) {
    const std::size_t equals = element.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(trim(element.substr(0, equals)), "timeout")) continue;
    const std::string_view digits = trim(element.substr(equals + 1));
    if (digits.empty() || digits.size() > kMaxDigits || !are_all(digits, kDigit)) continue;
    std::int32_t seconds = 0;
    for (const char digit : digits) seconds = seconds * 10 + (digit - '0');
    return seconds;
  }
  return -1;
}

}  // namespace

ResponseParser::ResponseParser(Limits limits) : limits_(limits) {
  limits_.head_bytes = std::min(limits_.head_bytes, kMaxHeadBytes);
}

void ResponseParser::reset() {
  refusal_ = Refusal::None;
  phase_ = Phase::Version;
  at_ = 0;
  common_ = CommonFields{};
  static_cast<ResponseSummary&>(head_) = ResponseSummary{};
}

Progress ResponseParser::refuse(Refusal refusal) {
  refusal_ = refusal;
  phase_ = Phase::Done;
  return Progress::Refused;
}

Progress ResponseParser::parse(std::string_view bytes, Method request_method) {
  if (phase_ == Phase::Done) return refusal_ == Refusal::None ? Progress::Complete : Progress::Refused;
  const std::string_view seen = bytes.substr(0, limits_.head_bytes);
  Progress progress = phase_ == Phase::Fields ? Progress::Complete : parse_line(seen);
  if (progress == Progress::Complete) progress = parse_fields(seen, request_method);
  // A head that fills the limit and has no end yet will not end within it.
  if (progress == Progress::Incomplete && bytes.size() >= limits_.head_bytes) return refuse(Refusal::HeadTooLarge);
  return progress;
}

Progress ResponseParser::parse_line(std::string_view bytes) {
  Progress progress = Progress::Complete;
  if (phase_ == Phase::Version) progress = parse_version(bytes);
  if (phase_ == Phase::Status && progress == Progress::Complete) progress = parse_status(bytes);
  if (progress == Progress::Complete) progress = parse_reason(bytes);
  return progress;
}

Progress ResponseParser::parse_version(std::string_view bytes) {
  const Version version = read_version(bytes);
  if (version.progress == Progress::Refused) return refuse(version.refusal);
  if (bytes.size() <= kVersionSize) return Progress::Incomplete;
  if (bytes[kVersionSize] != ' ') return refuse(Refusal::BadStatusLine);
  head_.minor_version = version.minor;
  at_ = kVersionSize + 1;
  phase_ = Phase::Status;
  return Progress::Complete;
}

// RFC 9112 section 4: three digits, of which RFC 9110 section 15 gives the first a meaning from 1 to 5. Up to 9 is
// passed on, as the codes of some applications; 0 is none.
Progress ResponseParser::parse_status(std::string_view bytes) {
  const std::string_view digits = bytes.substr(at_, kStatusDigits);
  if (!are_all(digits, kDigit) || digits.starts_with('0')) return refuse(Refusal::BadStatusLine);
  if (digits.size() < kStatusDigits) return Progress::Incomplete;
  unsigned status = 0;
  for (const char digit : digits) status = status * 10 + static_cast<unsigned>(digit - '0');
  head_.status = static_cast<std::uint16_t>(status);
  at_ += kStatusDigits;
  phase_ = Phase::BeforeReason;
  return Progress::Complete;
}

// The blank before the reason is required even when there is none (RFC 9112 section 4), but many leave it out then, and
// nothing else can be meant.
Progress ResponseParser::parse_reason(std::string_view bytes) {
  if (phase_ == Phase::BeforeReason) {
    if (at_ == bytes.size()) return Progress::Incomplete;
    if (bytes[at_] != ' ' && bytes[at_] != '\r') {
      return refuse(bytes[at_] == '\n' ? Refusal::BareLineFeed : Refusal::BadStatusLine);
    }
    if (bytes[at_] == ' ') ++at_;
    head_.reason.offset = at_;
    phase_ = Phase::Reason;
  }
  if (phase_ == Phase::Reason) {
    const char* const begin = bytes.data();
    at_ = static_cast<std::uint32_t>(skip_value(begin + at_, begin + bytes.size()) - begin);
    if (at_ == bytes.size()) return Progress::Incomplete;
    if (bytes[at_] != '\r') return refuse(bytes[at_] == '\n' ? Refusal::BareLineFeed : Refusal::BadStatusLine);
    head_.reason.length = at_ - head_.reason.offset;
    ++at_;
    phase_ = Phase::LineFeed;
  }
  if (at_ == bytes.size()) return Progress::Incomplete;
  if (bytes[at_] != '\n') return refuse(Refusal::BareLineFeed);
  ++at_;
  head_.fields_begin = at_;
  lines_.begin(at_);
  phase_ = Phase::Fields;
  return Progress::Complete;
}

Progress ResponseParser::parse_fields(std::string_view bytes, Method request_method) {
  for (;;) {
    Field* const field = head_.field_count < kMaxFields ? &head_.field[head_.field_count] : nullptr;
    switch (lines_.next(bytes, field)) {
      case FieldLines::Step::More:
        return Progress::Incomplete;
      case FieldLines::Step::Refused:
        return refuse(lines_.refusal());
      case FieldLines::Step::Line:
        ++head_.field_count;
        field->drop = false;  // a member's names with '_' are its own affair
        if (field->id == FieldId::Other) break;
        if (const Refusal refusal = take(*field, bytes); refusal != Refusal::None) return refuse(refusal);
        break;
      case FieldLines::Step::End:
        if (const Refusal refusal = finish(bytes, request_method); refusal != Refusal::None) return refuse(refusal);
        phase_ = Phase::Done;
        return Progress::Complete;
    }
  }
}

Refusal ResponseParser::take(Field& field, std::string_view bytes) {
  const std::string_view value = bytes.substr(field.value, field.value_length);
  if (field.id == FieldId::KeepAlive) head_.keep_alive_timeout_s = read_keep_alive_timeout(value);
  return common_.take(field, value, head_.minor_version);
}

Refusal ResponseParser::finish(std::string_view bytes, Method request_method) {
  const Refusal refusal = common_.finish(bytes, {head_.field.data(), head_.field_count});
  if (refusal != Refusal::None) return refusal;
  head_.size = lines_.position();
  head_.keep_alive = common_.keeps_alive(head_.minor_version);
  head_.announced_length = common_.has_length();
  head_.content_length = common_.content_length();
  return take_framing(request_method);
}

// RFC 9112 section 6.3, in its order.
Refusal ResponseParser::take_framing(Method request_method) {
  const bool announces_body = common_.chunked() || head_.content_length > 0;
  const std::uint16_t status = head_.status;
  if (status < 200) {
    // Section 6.1 and RFC 9110 section 8.6 forbid both fields here. If the body is really there, it would be read as
    // the final answer.
    if (common_.chunked()) return Refusal::BadTransferEncoding;
    return common_.has_length() ? Refusal::BadContentLength : Refusal::None;
  }
  if (status == 204 && announces_body) head_.keep_alive = false;  // forbidden too; the connection is in doubt
  if (request_method == Method::Connect && status < 300) {
    head_.keep_alive = false;  // a tunnel
    return Refusal::None;
  }
  if (request_method == Method::Head || status == 204 || status == 304) return Refusal::None;
  if (common_.chunked()) {
    head_.framing = Framing::Chunked;
  } else if (common_.has_length()) {
    head_.framing = Framing::Length;
  } else {
    head_.framing = Framing::UntilClose;
    head_.keep_alive = false;
  }
  return Refusal::None;
}

}  // namespace stead::wire::http1
