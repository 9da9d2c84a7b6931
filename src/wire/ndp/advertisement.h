// An unsolicited neighbour advertisement (RFC 4861 sections 4.4 and 7.2.6): for IPv6 what a gratuitous ARP request is
// for IPv4. As a whole Ethernet frame, since its sender need not have the address yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ip_address.h"
#include "wire/ethernet.h"

namespace stead::wire::ndp {

inline constexpr std::size_t kAdvertisementSize = 14 + 40 + 32;

// `address` is IPv6. To all nodes, with the override flag: caches take the new hardware address at once. `router`: the
// sender forwards packets; hosts that use it as a router would drop it otherwise.
[[nodiscard]] std::array<std::uint8_t, kAdvertisementSize> advertisement(const MacAddress& mac,
                                                                         const IpAddress& address, bool router);

}  // namespace stead::wire::ndp
