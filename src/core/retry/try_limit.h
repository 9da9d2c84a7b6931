// How long a try may go without a first byte before a safe request is sent to a second member too.
//
// A fixed limit is wrong for someone: 50 ms doubles the load of a pool that needs 200 ms for each answer, 2 s makes
// users of a fast one wait 2 s for a frozen member. So the limit follows the pool: three times the 99th percentile of
// its recent first-byte latencies, at least 50 ms, at most half the pool's first_byte_timeout, so that the second
// member has as much time left as the first one had.
//
// What could fool it, and what is done:
//   - Nothing known yet: kColdLimit until the first kFirst answers.
//   - A pool that is slow by nature: the limit rises above its latency within a hundred answers, or two if it was fast
//     before; the retry budget bounds the hedges until then.
//   - A frozen member that thaws and delivers its backlog, all of it seconds old: each latency counts for at most twice
//     the limit of its time, and the limit is set anew only every kEvery answers. So a burst cannot push the limit from
//     50 ms to 10 s and switch hedging off just before the next freeze.
//
// A histogram with four steps per doubling (too long by at most 25 %), halved when full, so that about the last
// thousand answers count. One per pool and data loop; O(1) but for the percentile, once in kEvery answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stead::core::retry {

class TryLimit {
 public:
  static constexpr Duration kFloor = 50ms;
  static constexpr Duration kColdLimit = 250ms;
  static constexpr std::uint32_t kFirst = 16;
  static constexpr std::uint32_t kEvery = 64;

  // `fixed`: the configured try_timeout; 0: learned.
  explicit TryLimit(Duration first_byte_timeout, Duration fixed = Duration{0});

  // The first byte of a try's answer came so long after the try began. Only of tries that were answered.
  void handle_latency(Duration latency);
  [[nodiscard]] Duration limit() const { return limit_; }
  // After a reload; what was learned stays.
  void set_bounds(Duration first_byte_timeout, Duration fixed);

 private:
  static constexpr int kFirstExponent = 16;        // the first bucket ends at 2^16 ns = 66 µs
  static constexpr std::size_t kBuckets = 4 * 22;  // the last one begins at about four minutes
  static constexpr std::uint32_t kFull = 1024;

  [[nodiscard]] static std::size_t bucket_of(Duration latency);
  [[nodiscard]] static Duration upper_bound_of(std::size_t bucket);
  [[nodiscard]] Duration percentile_99() const;
  void halve();
  void update();

  Duration first_byte_timeout_;
  Duration fixed_;
  Duration limit_;
  std::uint32_t count_ = 0;  // in the histogram, at most kFull
  std::uint32_t since_update_ = 0;
  bool learned_ = false;  // there was enough to learn from, once
  std::array<std::uint16_t, kBuckets> buckets_{};
};

}  // namespace stead::core::retry
