// Packets with a mark go to this machine, whatever their destination: a routing rule, and a table with one route (what
// `ip rule add fwmark M/M lookup T` and `ip route add local default dev lo table T` do). For connections to an address
// that the machine no longer has.
//
// One thread.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/netlink.h"

namespace stead::net {

struct LocalDelivery {
  std::uint32_t mark = 0;   // one bit: packets that have it
  std::uint32_t table = 0;  // of routes, ours alone
  std::uint32_t priority = 0;
};

class PolicyRoute {
 public:
  [[nodiscard]] static Result<PolicyRoute> open();

  // Needs CAP_NET_ADMIN. That it is there already is no error.
  [[nodiscard]] Result<> put(Family family, const LocalDelivery& delivery);
  // That it is not there is no error.
  [[nodiscard]] Result<> remove(Family family, const LocalDelivery& delivery);

 private:
  explicit PolicyRoute(NetlinkSocket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<> change_rule(std::uint16_t type, Family family, const LocalDelivery& delivery);
  [[nodiscard]] Result<> change_route(std::uint16_t type, Family family, const LocalDelivery& delivery);

  NetlinkSocket socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace stead::net
