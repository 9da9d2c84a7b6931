// The interface of a group's own that carries its addresses, with the virtual router's hardware address
// (`mac = "virtual"`): a macvlan on top of the interface that adverts use. It is down while the addresses are
// elsewhere, since two ports of a switch must not have one hardware address; it is made when the group begins, so that
// what is missing is known before the addresses come.
//
// A keeper that is killed leaves it behind, and the next finds it by its name. Belongs to the thread of the loop.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/interfaces.h"
#include "net/macvlan.h"
#include "wire/ethernet.h"

namespace stead::keeper::vip {

// "stead4.3.100": family, index of the interface below, router id. 15 characters at most, as the kernel wants it; where
// the index is a long one, "s4.1a2b3c.64".
[[nodiscard]] std::string own_interface_name(Family family, std::uint32_t parent, std::uint8_t router_id);

class OwnInterface {
 public:
  OwnInterface(net::Macvlans& macvlans, Family family, std::uint8_t router_id)
      : macvlans_(macvlans), family_(family), router_id_(router_id) {}

  // Finds it or makes it, and sees to the kernel's settings. One that is found may be up.
  [[nodiscard]] Result<> prepare(const net::Interface& parent);
  // Whether it is still there; it may have been brought up or down by somebody else.
  [[nodiscard]] Result<> look();
  [[nodiscard]] Result<> set_up(bool up);

  [[nodiscard]] std::uint32_t index() const { return index_; }  // 0: not there
  [[nodiscard]] bool up() const { return up_; }
  [[nodiscard]] wire::MacAddress mac() const;

 private:
  [[nodiscard]] Result<> find_or_make(const net::Interface& parent, const std::string& name);

  net::Macvlans& macvlans_;
  Family family_;
  std::uint8_t router_id_;
  std::uint32_t index_ = 0;
  bool up_ = false;
};

// What a keeper that was killed has left of a group that has no interface of its own now. 0: nothing.
[[nodiscard]] std::uint32_t find_own_interface(net::Macvlans& macvlans, Family family, std::uint32_t parent,
                                               std::uint8_t router_id);

}  // namespace stead::keeper::vip
