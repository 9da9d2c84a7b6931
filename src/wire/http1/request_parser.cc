// How the request line is read (RFC 9112 section 3):
//
//   [CRLF] method SP target SP HTTP-version CRLF      then field_lines.h takes over
//   Start  Method    Target    Version
//
// Method and Version are short, so a phase that lacks bytes begins anew with the next ones. The target may be long:
// at_ remembers how far it was looked at. Every phase judges bytes from left to right and stops at the first wrong one,
// which is why the verdict cannot depend on how the bytes were cut.
#include "wire/http1/request_parser.h"

#include <algorithm>
#include <utility>

#include "wire/http1/host.h"
#include "wire/http1/request_target.h"
#include "wire/http1/scan.h"
#include "wire/http1/version.h"

namespace stead::wire::http1 {

namespace {

constexpr std::size_t kMaxMethod = 32;  // the longest registered one, UPDATEREDIRECTREF, has 17

constexpr std::array<std::pair<std::string_view, Method>, 9> kMethods = {{
    {"GET", Method::Get},
    {"POST", Method::Post},
    {"HEAD", Method::Head},
    {"PUT", Method::Put},
    {"DELETE", Method::Delete},
    {"OPTIONS", Method::Options},
    {"PATCH", Method::Patch},
    {"CONNECT", Method::Connect},
    {"TRACE", Method::Trace},
}};

Method method_of(std::string_view token) {
  for (const auto& [name, method] : kMethods) {
    if (token == name) return method;
  }
  return Method::Other;
}

// Methods are case-sensitive (RFC 9110 section 9.1), so "head" is not HEAD; but a member that thinks it is answers
// without a body where we expect one. Nobody needs such a method.
bool is_misspelt(std::string_view token) {
  return std::ranges::any_of(
      kMethods, [token](const auto& each) { return std::ranges::equal(token, each.first, {}, to_lower, to_lower); });
}

}  // namespace

RequestParser::RequestParser(Limits limits) : limits_(limits) {
  limits_.head_bytes = std::min(limits_.head_bytes, kMaxHeadBytes);
}

void RequestParser::reset() {
  refusal_ = Refusal::None;
  phase_ = Phase::Start;
  host_seen_ = false;
  at_ = 0;
  common_ = CommonFields{};
  static_cast<RequestSummary&>(head_) = RequestSummary{};
}

Progress RequestParser::refuse(Refusal refusal) {
  refusal_ = refusal;
  phase_ = Phase::Done;
  return Progress::Refused;
}

Progress RequestParser::parse(std::string_view bytes) {
  if (phase_ == Phase::Done) return refusal_ == Refusal::None ? Progress::Complete : Progress::Refused;
  const std::string_view seen = bytes.substr(0, limits_.head_bytes);
  // Once the request line is known, the calls that follow go straight to the fields.
  Progress progress = phase_ == Phase::Fields ? Progress::Complete : parse_line(seen);
  if (progress == Progress::Complete) progress = parse_fields(seen);
  // A head that fills the limit and has no end yet will not end within it.
  if (progress == Progress::Incomplete && bytes.size() >= limits_.head_bytes) return refuse(Refusal::HeadTooLarge);
  return progress;
}

Progress RequestParser::parse_line(std::string_view bytes) {
  Progress progress = Progress::Complete;
  if (phase_ == Phase::Start) progress = parse_start(bytes);
  if (phase_ == Phase::Method && progress == Progress::Complete) progress = parse_method(bytes);
  if (phase_ == Phase::Target && progress == Progress::Complete) progress = parse_target(bytes);
  if (phase_ == Phase::Version && progress == Progress::Complete) progress = parse_version(bytes);
  return progress;
}

// RFC 9112 section 2.2: at least one empty line before the request line ought to be ignored, since old clients put one
// behind a body. One it is; the head's size counts it.
Progress RequestParser::parse_start(std::string_view bytes) {
  if (bytes.empty()) return Progress::Incomplete;
  if (bytes[0] == '\r') {
    if (bytes.size() < 2) return Progress::Incomplete;
    if (bytes[1] != '\n') return refuse(Refusal::BareLineFeed);
    at_ = 2;
  }
  phase_ = Phase::Method;
  return Progress::Complete;
}

Progress RequestParser::parse_method(std::string_view bytes) {
  // One byte more than a method may have, so that too long a one is known without looking for its end.
  const std::string_view rest = bytes.substr(at_);
  const char* const begin = rest.data();
  const auto length =
      static_cast<std::size_t>(skip_token(begin, begin + std::min(rest.size(), kMaxMethod + 1)) - begin);
  if (length > kMaxMethod) return refuse(Refusal::BadMethod);
  if (length == rest.size()) return Progress::Incomplete;
  const std::string_view token = rest.substr(0, length);
  if (const char stop = rest[length]; stop != ' ' || token.empty()) {
    if (stop == '\n') return refuse(Refusal::BareLineFeed);
    return refuse(is_blank(stop) || stop == '\r' ? Refusal::BadRequestLine : Refusal::BadMethod);
  }
  head_.method = method_of(token);
  if (head_.method == Method::Other && is_misspelt(token)) return refuse(Refusal::BadMethod);
  head_.method_token = {at_, static_cast<std::uint32_t>(length)};
  at_ += static_cast<std::uint32_t>(length) + 1;
  head_.target.offset = at_;
  phase_ = Phase::Target;
  return Progress::Complete;
}

Progress RequestParser::parse_target(std::string_view bytes) {
  const char* const begin = bytes.data();
  at_ = static_cast<std::uint32_t>(skip_target(begin + at_, begin + bytes.size()) - begin);
  head_.target.length = at_ - head_.target.offset;
  if (head_.target.length > limits_.target_bytes) return refuse(Refusal::TargetTooLong);
  if (at_ == bytes.size()) return Progress::Incomplete;
  switch (bytes[at_]) {
    case ' ':
      break;
    case '\n':
      return refuse(Refusal::BareLineFeed);
    case '\r':  // the request line of HTTP/0.9 ends here
      return refuse(Refusal::BadRequestLine);
    default:
      return refuse(Refusal::BadTarget);
  }
  if (head_.target.length == 0) return refuse(Refusal::BadRequestLine);  // two blanks
  ++at_;
  phase_ = Phase::Version;
  return Progress::Complete;
}

Progress RequestParser::parse_version(std::string_view bytes) {
  // What the target's form means is asked only behind the version: "PRI * HTTP/2.0" is a good request of a protocol
  // that isn't spoken here, rather than a bad one of ours.
  const std::string_view rest = bytes.substr(at_);
  const Version version = read_version(rest);
  if (version.progress == Progress::Refused) return refuse(version.refusal);
  if (rest.size() <= kVersionSize) return Progress::Incomplete;
  if (const char stop = rest[kVersionSize]; stop != '\r') {
    return refuse(stop == '\n' ? Refusal::BareLineFeed : Refusal::BadVersion);
  }
  if (rest.size() < kVersionSize + 2) return Progress::Incomplete;
  if (rest[kVersionSize + 1] != '\n') return refuse(Refusal::BareLineFeed);
  head_.minor_version = version.minor;
  at_ += kVersionSize + 2;
  if (const Refusal refusal = take_target(bytes); refusal != Refusal::None) return refuse(refusal);
  head_.fields_begin = at_;
  lines_.begin(at_);
  phase_ = Phase::Fields;
  return Progress::Complete;
}

Refusal RequestParser::take_target(std::string_view bytes) {
  const Target target = split_target(bytes, head_.target, head_.method);
  if (!target.valid) return Refusal::BadTarget;
  head_.path = target.path;
  head_.query = target.query;
  head_.authority = target.authority;
  return Refusal::None;
}

Progress RequestParser::parse_fields(std::string_view bytes) {
  for (;;) {
    // Each line is parsed into its place in the head, which also keeps what is known of a line that has not ended.
    Field* const field = head_.field_count < kMaxFields ? &head_.field[head_.field_count] : nullptr;
    switch (lines_.next(bytes, field)) {
      case FieldLines::Step::More:
        return Progress::Incomplete;
      case FieldLines::Step::Refused:
        return refuse(lines_.refusal());
      case FieldLines::Step::Line:
        ++head_.field_count;
        if (field->id == FieldId::Other) break;  // most are
        if (const Refusal refusal = take(*field, bytes); refusal != Refusal::None) return refuse(refusal);
        break;
      case FieldLines::Step::End:
        if (const Refusal refusal = finish(bytes); refusal != Refusal::None) return refuse(refusal);
        phase_ = Phase::Done;
        return Progress::Complete;
    }
  }
}

Refusal RequestParser::take(Field& field, std::string_view bytes) {
  const std::string_view value = bytes.substr(field.value, field.value_length);
  switch (field.id) {
    case FieldId::Host:
      // RFC 9112 section 3.2: exactly one. An empty one is what a client sends whose target has no host.
      if (host_seen_ || !(value.empty() || is_host(value))) return Refusal::BadHost;
      host_seen_ = true;
      // Section 3.2.2: an absolute-form's authority stands, whatever Host says.
      if (head_.authority.length == 0) head_.authority = {field.value, field.value_length};
      return Refusal::None;
    case FieldId::Expect:
      // RFC 9110 section 10.1.1: this is the only expectation there is, and HTTP/1.0 has none.
      if (!equals_ignoring_case(value, "100-continue")) return Refusal::UnsupportedExpect;
      head_.expect_continue = head_.minor_version >= 1;
      return Refusal::None;
    default:
      return common_.take(field, value, head_.minor_version);
  }
}

Refusal RequestParser::finish(std::string_view bytes) {
  if (head_.minor_version >= 1 && !host_seen_) return Refusal::MissingHost;
  const Refusal refusal = common_.finish(bytes, {head_.field.data(), head_.field_count});
  if (refusal != Refusal::None) return refusal;
  head_.size = lines_.position();
  head_.keep_alive = common_.keeps_alive(head_.minor_version);
  head_.upgrade = head_.minor_version >= 1 && common_.upgrade();  // RFC 9110 section 7.8: not in HTTP/1.0
  head_.content_length = common_.content_length();
  if (common_.chunked()) {
    head_.framing = Framing::Chunked;
  } else if (common_.has_length()) {
    head_.framing = Framing::Length;
  }
  return Refusal::None;
}

}  // namespace stead::wire::http1
