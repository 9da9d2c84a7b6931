// ICMP echo (ping): the request, and whether a packet is the reply to it. IPv4: RFC 792; IPv6: RFC 4443 section 4.
//
//   0        1        2        4            6          8
//   | type   | code   | checksum | identifier | sequence | data (a number by which we know our own)
//
// A socket of IPv4 also delivers the header before it; one of IPv6 does not, and its kernel fills in the checksum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ip_address.h"

namespace stead::wire::icmp {

inline constexpr std::size_t kEchoSize = 16;

struct Echo {
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  std::uint64_t token = 0;
  [[nodiscard]] bool operator==(const Echo&) const = default;
};

[[nodiscard]] std::array<std::uint8_t, kEchoSize> request(Family family, const Echo& echo);

// Whether the packet, as a raw socket delivers it, is the reply to that request. It may be anything.
[[nodiscard]] bool is_reply(Family family, std::span<const std::uint8_t> packet, const Echo& echo);

}  // namespace stead::wire::icmp
