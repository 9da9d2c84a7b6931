#include "wire/http1/common_fields.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "wire/http1/characters.h"
#include "wire/http1/field_name.h"

namespace stead::wire::http1 {

namespace {

// Each option costs a comparison with each field, so their number has a limit. Real ones have one to three.
constexpr std::uint8_t kMaxConnectionOptions = 32;

// Bodies longer than this do not exist, and below it sums and signed types of others cannot overflow.
constexpr std::uint64_t kMaxContentLength = std::numeric_limits<std::int64_t>::max();

// 1*DIGIT (RFC 9110 section 8.6): no sign, no list, no blank within. Leading zeros are harmless, since the number is
// written anew.
std::optional<std::uint64_t> read_length(std::string_view value) {
  if (value.empty()) return std::nullopt;
  std::uint64_t length = 0;
  for (const char byte : value) {
    if (!is(byte, kDigit)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(byte - '0');
    if (length > (kMaxContentLength - digit) / 10) return std::nullopt;
    length = length * 10 + digit;
  }
  return length;
}

// Why a Transfer-Encoding other than plain "chunked" is refused. Codings that we don't know, put before a final
// "chunked", are somebody's honest wish for what we don't implement (501, RFC 9112 section 6.1). All else leaves the
// body's end in doubt (400, section 6.3): "chunked" missing, not last, twice, misspelt, or with something around it.
Refusal judge_codings(std::string_view value) {
  std::string_view element;
  bool last_is_chunked = false;
  while (next_element(value, element)) {
    if (last_is_chunked || element.empty() || !are_all(element, kToken)) return Refusal::BadTransferEncoding;
    last_is_chunked = equals_ignoring_case(element, "chunked");
  }
  return last_is_chunked ? Refusal::UnsupportedTransferEncoding : Refusal::BadTransferEncoding;
}

// Fields without which a message is another one. RFC 9110 section 7.6.1 forbids to name such in Connection, and nobody
// does who means well: it is done to make a proxy strip what an earlier one checked. To obey would let a client edit
// the message, to ignore it would be read differently by others; so the message is refused.
constexpr std::array<std::string_view, 6> kEssential = {"host",         "content-length",   "cache-control",
                                                        "content-type", "content-encoding", "content-range"};

bool is_essential(std::string_view name) {
  return std::ranges::any_of(kEssential, [name](std::string_view each) { return equals_ignoring_case(name, each); });
}

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

void drop_named(std::string_view head, std::span<Field> fields, std::string_view option) {
  for (Field& field : fields) {
    if (same_name(head.substr(field.name, field.name_length), option)) field.drop = true;
  }
}

}  // namespace

Refusal CommonFields::take(Field& field, std::string_view value, std::uint8_t minor_version) {
  if (!is_always_dropped(field.id)) return Refusal::None;
  field.drop = true;
  switch (field.id) {
    case FieldId::Connection:
      return take_connection(value);
    case FieldId::ContentLength:
      return take_content_length(value);
    case FieldId::TransferEncoding:
      return take_transfer_encoding(value, minor_version);
    case FieldId::Upgrade:
      upgrade_field_ = true;
      return Refusal::None;
    default:
      return Refusal::None;
  }
}

// A second Content-Length is refused even when it says the same: RFC 9110 section 8.6 lets us choose, and who sends two
// has something between us and the origin that adds fields without reading them.
Refusal CommonFields::take_content_length(std::string_view value) {
  const std::optional<std::uint64_t> length = read_length(value);
  if (has_length_ || !length) return Refusal::BadContentLength;
  has_length_ = true;
  content_length_ = *length;
  return Refusal::None;
}

// HTTP/1.0 has no Transfer-Encoding: an implementation of it does not see the field and takes the chunks for the body
// or for the next message (RFC 9112 section 6.1).
Refusal CommonFields::take_transfer_encoding(std::string_view value, std::uint8_t minor_version) {
  if (minor_version == 0 || chunked_) return Refusal::BadTransferEncoding;
  if (!equals_ignoring_case(value, "chunked")) return judge_codings(value);
  chunked_ = true;
  return Refusal::None;
}

Refusal CommonFields::take_connection(std::string_view value) {
  std::string_view element;
  while (next_element(value, element)) {
    if (++options_ > kMaxConnectionOptions) return Refusal::BadFieldValue;
    // RFC 9110 section 5.6.1.2: empty elements are to be ignored.
    if (element.empty()) continue;
    if (const Refusal refusal = take_option(element); refusal != Refusal::None) return refusal;
  }
  return Refusal::None;
}

Refusal CommonFields::take_option(std::string_view option) {
  if (!are_all(option, kToken)) return Refusal::BadFieldValue;
  if (equals_ignoring_case(option, "close")) {
    close_ = true;
    return Refusal::None;
  }
  // Options that name a field which is dropped anyway (TE, Keep-Alive, Upgrade …) need no second look at the fields.
  const FieldId id = identify(option);
  if (id == FieldId::KeepAlive) keep_alive_ = true;
  if (id == FieldId::Upgrade) upgrade_option_ = true;
  if (is_essential(option)) return Refusal::BadFieldValue;
  if (!is_always_dropped(id)) nominates_ = true;
  return Refusal::None;
}

Refusal CommonFields::finish(std::string_view head, std::span<Field> fields) const {
  // RFC 9112 section 6.1: may be an attempt at smuggling, and ought to be handled as an error.
  if (has_length_ && chunked_) return Refusal::LengthAndChunked;
  if (!nominates_) return Refusal::None;  // nearly always
  // Only now: an option may name a field that came before it.
  for (const Field& field : fields) {
    if (field.id != FieldId::Connection) continue;
    std::string_view value = head.substr(field.value, field.value_length);
    std::string_view element;
    while (next_element(value, element)) {
      if (!element.empty()) drop_named(head, fields, element);
    }
  }
  return Refusal::None;
}

}  // namespace stead::wire::http1
