// What is left of a node's priority for a vip while some of what the vip depends on is bad.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stead::core::track {

struct Worth {
  std::uint32_t lowered_by = 0;  // the sum of the weights of what is bad
  bool out = false;              // something without a weight is bad
  [[nodiscard]] bool operator==(const Worth&) const = default;
};

inline constexpr std::uint8_t kOwnerPriority = 255;

// 0: the node gives the addresses up. 0 means nothing else on the wire (RFC 9568 section 5.2.4), so what is lowered
// ends at 1. An owner's 255 is not a degree: it says whose the address is, so it holds or it does not.
[[nodiscard]] constexpr std::uint8_t priority_of(std::uint8_t base, const Worth& worth) {
  if (worth.out) return 0;
  if (base == kOwnerPriority) return base;
  const std::uint32_t left = base > worth.lowered_by ? base - worth.lowered_by : 0;
  return static_cast<std::uint8_t>(std::max(left, 1U));
}

}  // namespace stead::core::track
