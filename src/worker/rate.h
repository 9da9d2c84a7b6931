// How often something counted happens per second, of late: an average in which the last ten seconds count most. For
// people; whoever wants exact figures takes the counters.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/time.h"

namespace stead::worker {

class Rate {
 public:
  static constexpr Duration kMemory = 5s;

  // `count` is the counter's value at `now`. A counter that went back began anew.
  void sample(Instant now, std::uint64_t count) {
    const double elapsed = std::chrono::duration<double>(now - last_).count();
    if (begun_ && elapsed <= 0) return;
    if (begun_) {
      const double current = static_cast<double>(count >= count_ ? count - count_ : count) / elapsed;
      const double weight = 1.0 - std::exp(-elapsed / std::chrono::duration<double>(kMemory).count());
      per_second_ = measured_ ? per_second_ + weight * (current - per_second_) : current;
      measured_ = true;
    }
    begun_ = true;
    last_ = now;
    count_ = count;
  }
  [[nodiscard]] double per_second() const { return per_second_ < 0.05 ? 0.0 : per_second_; }

 private:
  bool begun_ = false;
  bool measured_ = false;
  Instant last_{};
  std::uint64_t count_ = 0;
  double per_second_ = 0;
};

}  // namespace stead::worker
