// When to start a worker again that has died: at once, unless it dies again and again.
//
// The first deaths cost nothing to repair at once, and clients are waiting in the listen queue. A worker that dies on
// start, though, would burn a core and fill the log, so from the fourth death within ten seconds on the wait doubles
// from 100 ms to 5 s. It never gives up: what kills it may be a full disk or a peer, and pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stead::core::supervise {

class Backoff {
 public:
  static constexpr std::size_t kFreeDeaths = 3;
  static constexpr Duration kWindow = 10s;
  static constexpr Duration kFirstDelay = 100ms;
  static constexpr Duration kLongestDelay = 5s;
  static constexpr Duration kForgiveAfter = 30s;  // of health

  // The worker has begun to serve.
  void handle_healthy(Instant now);
  // It has died; returns how long to wait before the next start. 0: now.
  Duration handle_death(Instant now);

  // Deaths since it last was healthy for kForgiveAfter.
  [[nodiscard]] std::uint32_t deaths() const { return deaths_; }

 private:
  std::array<Instant, kFreeDeaths> recent_{};  // a ring of the latest deaths
  std::size_t next_ = 0;
  std::uint32_t deaths_ = 0;
  Duration delay_{};      // of the latest death; only health brings it back to 0
  bool healthy_ = false;  // since the latest start
  Instant healthy_since_{};
};

}  // namespace stead::core::supervise
