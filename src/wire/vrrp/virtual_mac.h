// The hardware address of a virtual router (RFC 9568 section 7.3): whoever is active answers with it, so that the
// network's hosts need not learn another when the active one changes. Which of them has a router id of which family.
#pragma once

#include <cstdint>

#include "base/ip_address.h"
#include "wire/ethernet.h"

namespace stead::wire::vrrp {

// 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6: one id may serve in both families.
[[nodiscard]] constexpr MacAddress virtual_mac(Family family, std::uint8_t router_id) {
  const std::uint8_t block = family == Family::V4 ? 1 : 2;
  return {0x00, 0x00, 0x5e, 0x00, block, router_id};
}

}  // namespace stead::wire::vrrp
