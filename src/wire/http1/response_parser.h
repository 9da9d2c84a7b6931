// Parses the head of a member's response (RFC 9112 sections 4 to 6): as strict as the request parser, since a member's
// answer is bad input too, and an answer whose end is in doubt would put one client's bytes into another's.
//
// In place and incremental, as RequestParser.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/http1/common_fields.h"
#include "wire/http1/field_lines.h"
#include "wire/http1/message.h"

namespace stead::wire::http1 {

struct ResponseSummary {
  std::uint32_t size = 0;
  std::uint16_t status = 0;  // 100 to 999
  std::uint8_t minor_version = 1;
  Framing framing = Framing::None;   // RFC 9112 section 6.3, the request's method considered
  bool keep_alive = true;            // the member's connection may be used again after the body
  std::uint64_t content_length = 0;  // Framing::Length; also what a HEAD's or 304's answer announced, see announced
  bool announced_length = false;     // a Content-Length field was there, whatever the framing
  std::int32_t keep_alive_timeout_s = -1;  // from `Keep-Alive: timeout=N`; -1: not said
  Piece reason;
  std::uint32_t fields_begin = 0;
  std::uint32_t field_count = 0;
};

struct ResponseHead : ResponseSummary {
  std::array<Field, kMaxFields> field;  // the first field_count are set

  [[nodiscard]] std::span<const Field> fields() const { return {field.data(), field_count}; }
};

class ResponseParser {
 public:
  explicit ResponseParser(Limits limits = {});

  // `request_method` is that of the request answered: a HEAD's answer has no body.
  [[nodiscard]] Progress parse(std::string_view bytes, Method request_method);
  void reset();

  [[nodiscard]] const ResponseHead& head() const { return head_; }
  [[nodiscard]] Refusal refusal() const { return refusal_; }

 private:
  enum class Phase : std::uint8_t { Version, Status, BeforeReason, Reason, LineFeed, Fields, Done };

  Progress refuse(Refusal refusal);
  // Each reads one part and moves on to the next. Complete: that part is.
  Progress parse_line(std::string_view bytes);
  Progress parse_version(std::string_view bytes);
  Progress parse_status(std::string_view bytes);
  Progress parse_reason(std::string_view bytes);
  Progress parse_fields(std::string_view bytes, Method request_method);
  [[nodiscard]] Refusal take(Field& field, std::string_view bytes);
  [[nodiscard]] Refusal finish(std::string_view bytes, Method request_method);
  [[nodiscard]] Refusal take_framing(Method request_method);

  Limits limits_;
  Refusal refusal_ = Refusal::None;
  Phase phase_ = Phase::Version;
  std::uint32_t at_ = 0;  // in the status line: what is behind is known
  FieldLines lines_;
  CommonFields common_;
  ResponseHead head_;
};

}  // namespace stead::wire::http1
