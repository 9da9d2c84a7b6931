// The few facts about Ethernet that announcing an address needs.
#pragma once

#include <array>
#include <cstdint>

namespace stead::wire {

using MacAddress = std::array<std::uint8_t, 6>;

inline constexpr MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
inline constexpr MacAddress kAllNodesV6{0x33, 0x33, 0, 0, 0, 1};  // of ff02::1 (RFC 2464 section 7)

inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeV6 = 0x86dd;

}  // namespace stead::wire
