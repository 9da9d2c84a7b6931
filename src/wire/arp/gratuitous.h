// A gratuitous ARP request (RFC 5227 section 3, RFC 9568 section 7.2): tells a network's hosts and switches where an
// IPv4 address is from now on. As a whole Ethernet frame, since its sender need not have the address yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ip_address.h"
#include "wire/ethernet.h"

namespace stead::wire::arp {

inline constexpr std::size_t kGratuitousSize = 42;

// `address` is IPv4. The request form, sender and target alike, broadcast: what all hosts learn from.
[[nodiscard]] std::array<std::uint8_t, kGratuitousSize> gratuitous(const MacAddress& mac, const IpAddress& address);

}  // namespace stead::wire::arp
