#include "core/retry/budget.h"

#include <algorithm>

namespace stead::core::retry {

Budget::Budget(BudgetConfig config) : config_(config), floor_tokens_(config.floor_burst) {}

void Budget::handle_request(Instant now) {
  advance(now);
  ++seconds_[static_cast<std::size_t>(current_) % kSeconds].requests;
  ++requests_;
}

bool Budget::try_spend(Instant now) {
  advance(now);
  // The share first, since it renews itself with the traffic; the floor is kept for when there is none.
  if (static_cast<double>(spent_ + 1) <= static_cast<double>(requests_) * config_.ratio) {
    ++seconds_[static_cast<std::size_t>(current_) % kSeconds].spent;
    ++spent_;
    return true;
  }
  // The first call finds floor_filled_ at the beginning of time and a full bucket: so much elapsed changes nothing.
  const double elapsed = std::chrono::duration<double>(now - floor_filled_).count();
  floor_tokens_ = std::min(config_.floor_burst, floor_tokens_ + elapsed * config_.floor_per_second);
  floor_filled_ = now;
  if (floor_tokens_ < 1.0) return false;
  floor_tokens_ -= 1.0;
  return true;
}

void Budget::set_config(BudgetConfig config) {
  config_ = config;
  // A smaller burst holds at once; a larger one fills up at its own rate, or a reload would be a way to more retries.
  floor_tokens_ = std::min(floor_tokens_, config.floor_burst);
}

// Empties the seconds that have left the window since the last call.
void Budget::advance(Instant now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t steps = std::clamp<std::int64_t>(second - current_, 0, kSeconds);
  for (std::int64_t i = 1; i <= steps; ++i) {
    Second& left = seconds_[static_cast<std::size_t>(second - steps + i) % kSeconds];
    requests_ -= left.requests;
    spent_ -= left.spent;
    left = Second{};
  }
  // A clock that stood still or a caller with an older `now` counts into the current second.
  current_ = std::max(current_, second);
}

}  // namespace stead::core::retry
