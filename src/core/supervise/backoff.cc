#include "core/supervise/backoff.h"

#include <algorithm>

namespace stead::core::supervise {

void Backoff::handle_healthy(Instant now) {
  healthy_ = true;
  healthy_since_ = now;
}

Duration Backoff::handle_death(Instant now) {
  // Health is counted from the moment it served, not from its start: one that hangs on start for a minute is not well.
  if (healthy_ && now - healthy_since_ >= kForgiveAfter) *this = Backoff{};
  healthy_ = false;
  ++deaths_;
  // The ring holds the latest kFreeDeaths; the one about to be overwritten tells how close together they are.
  const Instant earliest = recent_[next_];
  const bool crowded = deaths_ > kFreeDeaths && now - earliest < kWindow;
  recent_[next_] = now;
  next_ = (next_ + 1) % recent_.size();
  // Once it has begun, the wait itself spreads the deaths; only health ends it, or it would fall back to zero.
  if (crowded || delay_ > Duration{0}) {
    delay_ = delay_ == Duration{0} ? kFirstDelay : std::min(2 * delay_, kLongestDelay);
  }
  return delay_;
}

}  // namespace stead::core::supervise
