// A member that has just come up has cold caches and few connections; its full share at once can knock it over again.
// Its weight grows in a straight line from a tenth to the whole over the pool's slow_start.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace stead::core::balance {

// Effective weights are in hundredths, so that a member of weight 1 has a tenth. Weights compare only with weights of
// the same scale: use effective_weight() for every candidate of a pool or for none.
inline constexpr std::uint32_t kWeightScale = 100;
inline constexpr std::uint32_t kColdShare = 10;  // of kWeightScale, at the first moment

// `warm_since` Instant{}: not warming. A weight above 0 never becomes 0.
[[nodiscard]] constexpr std::uint32_t effective_weight(std::uint32_t weight, Instant warm_since, Duration slow_start,
                                                       Instant now) {
  // A straight line by the clock and not by requests: a quiet member would stay cold for ever in the plan, and what
  // warms caches up is as often a background task as traffic.
  const std::uint32_t full = weight * kWeightScale;
  if (warm_since == Instant{} || now >= warm_since + slow_start) return full;
  const Duration warm_for = now > warm_since ? now - warm_since : Duration{0};
  const double progress = static_cast<double>(warm_for.count()) / static_cast<double>(slow_start.count());
  const double share = kColdShare + (kWeightScale - kColdShare) * progress;
  return static_cast<std::uint32_t>(weight * share);
}

}  // namespace stead::core::balance
