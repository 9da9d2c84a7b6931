// What the fields say that mean the same in requests and in responses: where the body ends (Content-Length,
// Transfer-Encoding; RFC 9112 section 6) and what becomes of the connection (Connection; RFC 9110 section 7.6.1).
//
// These are the fields by which requests are smuggled: two implementations that read one of them differently disagree
// on where the next message begins. So each has exactly one accepted form, and all else is refused.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wire/http1/message.h"

namespace stead::wire::http1 {

class CommonFields {
 public:
  // Takes note of a field line, whatever its name, and sets its `drop` if it may not be passed on.
  [[nodiscard]] Refusal take(Field& field, std::string_view value, std::uint8_t minor_version);

  // After the last line: what only all fields together can say. Drops those that Connection named.
  [[nodiscard]] Refusal finish(std::string_view head, std::span<Field> fields) const;

  // RFC 9112 section 9.3: persistent unless told otherwise in HTTP/1.1, and only if told so before. `close` wins.
  [[nodiscard]] bool keeps_alive(std::uint8_t minor_version) const {
    return !close_ && (minor_version >= 1 || keep_alive_);
  }
  [[nodiscard]] bool has_length() const { return has_length_; }
  [[nodiscard]] std::uint64_t content_length() const { return content_length_; }
  [[nodiscard]] bool chunked() const { return chunked_; }
  // An Upgrade field, and Connection names it (RFC 9110 section 7.8).
  [[nodiscard]] bool upgrade() const { return upgrade_field_ && upgrade_option_; }

 private:
  [[nodiscard]] Refusal take_content_length(std::string_view value);
  [[nodiscard]] Refusal take_transfer_encoding(std::string_view value, std::uint8_t minor_version);
  [[nodiscard]] Refusal take_connection(std::string_view value);
  [[nodiscard]] Refusal take_option(std::string_view option);

  std::uint64_t content_length_ = 0;
  std::uint8_t options_ = 0;  // list elements of all Connection fields
  bool has_length_ = false;
  bool chunked_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_field_ = false;
  bool upgrade_option_ = false;
  bool nominates_ = false;  // Connection names fields that aren't dropped anyway
};

}  // namespace stead::wire::http1
