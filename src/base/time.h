// Two kinds of time that do not mix: Instant, for deadlines and latencies, never steps and means nothing outside this
// boot; WallTime, for logs and headers, means something to people and may step at any moment.
//
// Nothing here reads a clock. A loop reads it once per wake-up (net/clock.h) and passes the value down, so that time
// stands still while a handler runs and a test can say what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace stead {

using Duration = std::chrono::nanoseconds;

namespace internal {

struct MonotonicTag {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicTag>;
  static constexpr bool is_steady = true;
};

}  // namespace internal

// Monotonic time, as CLOCK_MONOTONIC counts it: the same for all processes of one boot, so it may be handed from one
// worker to the next.
using Instant = internal::MonotonicTag::time_point;

// Time since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::sys_time<Duration>;

using namespace std::chrono_literals;

// Whole milliseconds, rounded down; for messages and logs.
[[nodiscard]] constexpr std::int64_t to_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace stead
