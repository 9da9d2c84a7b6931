// The two clocks, read. A loop does this once per wake-up and hands the value down: time stands still while a handler
// runs.
#pragma once

#include <ctime>

#include "base/time.h"

namespace stead::net {

// CLOCK_MONOTONIC, so that the value means the same in every process of this boot.
[[nodiscard]] inline Instant steady_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Instant(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

[[nodiscard]] inline WallTime wall_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return WallTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace stead::net
