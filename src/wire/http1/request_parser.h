// Parses the head of a request (RFC 9112 sections 2 to 6), strictly: what two implementations could read differently is
// refused (see Refusal), so that no member can understand a request otherwise than we did.
//
// In place and incremental: give parse() the head's bytes from the first one on, as many as there are; when it says
// Incomplete, call again with the same bytes and more behind them, at any address. Bytes behind the head are not looked
// at. After Complete or Refused, reset() before the next head.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/http1/common_fields.h"
#include "wire/http1/field_lines.h"
#include "wire/http1/message.h"

namespace stead::wire::http1 {

// All of a head but its field lines, so that it can be reset without touching those.
struct RequestSummary {
  std::uint32_t size = 0;  // bytes, the blank line included
  Method method = Method::Other;
  std::uint8_t minor_version = 1;  // HTTP/1.x
  Framing framing = Framing::None;
  bool keep_alive = true;        // what the client wants: version and Connection
  bool expect_continue = false;  // Expect: 100-continue
  bool upgrade = false;          // Upgrade with `Connection: upgrade`
  std::uint64_t content_length = 0;
  Piece method_token;
  Piece target;  // as sent
  Piece path;    // of origin-form and absolute-form, and then begins with '/'; "*"; empty for CONNECT
  Piece query;   // with its '?'; empty without one
  Piece
      authority;  // the host asked for, with port if one is given: absolute-form's, else the Host field's; may be empty
  std::uint32_t fields_begin = 0;  // offset of the first field line
  std::uint32_t field_count = 0;
};

struct RequestHead : RequestSummary {
  std::array<Field, kMaxFields> field;  // the first field_count are set

  [[nodiscard]] std::span<const Field> fields() const { return {field.data(), field_count}; }
};

class RequestParser {
 public:
  explicit RequestParser(Limits limits = {});

  [[nodiscard]] Progress parse(std::string_view bytes);
  void reset();

  // Valid after Complete, until reset(); the pieces refer to the bytes given to parse().
  [[nodiscard]] const RequestHead& head() const { return head_; }
  // Valid after Refused.
  [[nodiscard]] Refusal refusal() const { return refusal_; }

 private:
  enum class Phase : std::uint8_t { Start, Method, Target, Version, Fields, Done };

  Progress refuse(Refusal refusal);
  // Each reads one part and moves on to the next. Complete: that part is.
  Progress parse_line(std::string_view bytes);
  Progress parse_start(std::string_view bytes);
  Progress parse_method(std::string_view bytes);
  Progress parse_target(std::string_view bytes);
  Progress parse_version(std::string_view bytes);
  Progress parse_fields(std::string_view bytes);
  [[nodiscard]] Refusal take_target(std::string_view bytes);
  [[nodiscard]] Refusal take(Field& field, std::string_view bytes);
  [[nodiscard]] Refusal finish(std::string_view bytes);

  Limits limits_;
  Refusal refusal_ = Refusal::None;
  Phase phase_ = Phase::Start;
  bool host_seen_ = false;
  std::uint32_t at_ = 0;  // in the request line: what is behind is known
  FieldLines lines_;
  CommonFields common_;
  RequestHead head_;
};

}  // namespace stead::wire::http1
