// One request, as a data loop hands it to the access log: fixed fields, then the texts one after another. Binary,
// because the loop should spend a copy on it and not the formatting; the log's own thread makes the line.
#pragma once

#include <cstdint>

namespace stead::service::http {

struct AccessRecord {
  std::int64_t wall_ns = 0;         // WallTime of the request's first byte
  std::int64_t connect_ns = -1;     // -1: no connection was made for it
  std::int64_t first_byte_ns = -1;  // from the request's first byte to the answer's; -1: no answer
  std::int64_t total_ns = 0;
  std::uint64_t bytes_in = 0;   // of the client's request body
  std::uint64_t bytes_out = 0;  // of the body sent to the client
  std::uint16_t status = 0;     // 0: the client went away before an answer
  std::uint8_t tries = 0;       // members tried
  std::uint8_t flags = 0;       // kHedged …
  // The texts follow the struct in this order, without terminators.
  std::uint8_t client_length = 0;  // "203.0.113.7:51324"
  std::uint8_t method_length = 0;
  std::uint16_t host_length = 0;
  std::uint16_t target_length = 0;  // cut at 2 KiB
  std::uint8_t member_length = 0;   // empty: answered by us
  std::uint8_t request_id_length = 0;

  static constexpr std::uint8_t kHedged = 1;    // a second member was asked while the first was awaited
  static constexpr std::uint8_t kReused = 2;    // over a kept connection to the member
  static constexpr std::uint8_t kQueued = 4;    // waited for a member
  static constexpr std::uint8_t kReplayed = 8;  // begun by an earlier worker
  static constexpr std::uint8_t kClientAbort = 16;
};

}  // namespace stead::service::http
