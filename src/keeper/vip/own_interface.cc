#include "keeper/vip/own_interface.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "net/sysctl.h"
#include "wire/vrrp/virtual_mac.h"

namespace stead::keeper::vip {
namespace {

constexpr std::size_t kLongestName = 15;

struct Setting {
  const char* name;
  const char* value;
};

// The kernel goes by the interface at which a packet has arrived, and both get every ARP request: each answers for its
// own addresses only. What they ask themselves must not name an address of the other: the client that is asked would
// learn it, with the wrong hardware address.
constexpr Setting kArp[] = {{"arp_ignore", "1"}, {"arp_announce", "2"}};

Result<> set(const char* family, const std::string& interface, const Setting& setting) {
  return net::set_sysctl(fmt::format("net/{}/conf/{}/{}", family, interface, setting.name), setting.value);
}

// What arrives here is answered by way of the interface below, where the routes are: the strict reverse path filter
// would drop it, and the larger of this value and the one for all interfaces counts.
Result<> settle_v4(const std::string& parent, const std::string& own) {
  for (const Setting& setting : kArp) {
    if (Result<> done = set("ipv4", parent, setting); !done) return done;
    if (Result<> done = set("ipv4", own, setting); !done) return done;
  }
  if (Result<> done = set("ipv4", own, {"rp_filter", "2"}); !done) return done;
  Result<> done = set("ipv6", own, {"disable_ipv6", "1"});
  const bool is_disabled_anyway = !done && done.error().code == ENOENT;  // on the whole machine
  return is_disabled_anyway ? Result<>() : done;
}

// No address but the virtual ones: those that the kernel makes from the hardware address would be the same on all
// nodes. 1 is IN6_ADDR_GEN_MODE_NONE.
Result<> settle_v6(const std::string& own) {
  constexpr Setting kSettings[] = {
      {"accept_ra", "0"}, {"autoconf", "0"}, {"addr_gen_mode", "1"}, {"disable_ipv6", "0"}};
  for (const Setting& setting : kSettings) {
    if (Result<> done = set("ipv6", own, setting); !done) return done;
  }
  return {};
}

}  // namespace

std::string own_interface_name(Family family, std::uint32_t parent, std::uint8_t router_id) {
  const int number = family == Family::V4 ? 4 : 6;
  std::string name = fmt::format("stead{}.{}.{}", number, parent, router_id);
  return name.size() <= kLongestName ? name : fmt::format("s{}.{:x}.{:x}", number, parent, router_id);
}

wire::MacAddress OwnInterface::mac() const { return wire::vrrp::virtual_mac(family_, router_id_); }

Result<> OwnInterface::prepare(const net::Interface& parent) {
  const std::string name = own_interface_name(family_, parent.index, router_id_);
  if (Result<> made = find_or_make(parent, name); !made) return made;
  return family_ == Family::V4 ? settle_v4(parent.name, name) : settle_v6(name);
}

Result<> OwnInterface::find_or_make(const net::Interface& parent, const std::string& name) {
  index_ = 0;
  up_ = false;
  for (int tries = 0; tries < 2; ++tries) {
    const Result<std::optional<net::Macvlan>> found = macvlans_.find(name);
    if (!found) return std::unexpected(found.error());
    if (const std::optional<net::Macvlan>& one = *found) {
      if (one->vepa && one->parent == parent.index && one->mac == mac()) {
        index_ = one->index;
        up_ = one->up;
        return {};
      }
      // Of that name, and not what we have made.
      if (Result<> removed = macvlans_.remove(one->index); !removed) return removed;
    }
    if (Result<> made = macvlans_.create({.name = name, .parent = parent.index, .mac = mac()}); !made) return made;
  }
  return failure_errno("find " + name, ENODEV);
}

Result<> OwnInterface::look() {
  if (index_ == 0) return failure_errno("the interface with the virtual MAC", ENODEV);
  const Result<std::optional<net::Macvlan>> found = macvlans_.find(index_);
  if (!found) return std::unexpected(found.error());
  up_ = *found && (*found)->up;
  if (*found) return {};
  index_ = 0;
  return failure_errno("the interface with the virtual MAC", ENODEV);
}

Result<> OwnInterface::set_up(bool up) {
  if (up == up_) return {};
  if (index_ == 0) return failure_errno("the interface with the virtual MAC", ENODEV);
  Result<> set = macvlans_.set_up(index_, up);
  // One that cannot be taken down, because it is gone, is: what remains is for look() to find out.
  if (set || !up) up_ = up;
  return set;
}

std::uint32_t find_own_interface(net::Macvlans& macvlans, Family family, std::uint32_t parent, std::uint8_t router_id) {
  const Result<std::optional<net::Macvlan>> found = macvlans.find(own_interface_name(family, parent, router_id));
  return found && *found && (*found)->vepa ? (*found)->index : 0;
}

}  // namespace stead::keeper::vip
