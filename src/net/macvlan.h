// Interfaces of one's own on top of another, each with a hardware address of its own (macvlan): made, found, brought up
// and down, removed. Over rtnetlink; what addresses they have is interfaces.h's.
//
// In mode `vepa`: what such an interface sends goes out of the one below and nowhere else, as in mode `private`. The
// difference is what arrives from outside with the interface's own hardware address as its source, as the adverts of
// another VRRP router do, which has the same: in `private` the kernel gives broadcasts and multicasts of that kind to
// this interface alone, so that who listens on the one below would be deaf to its rival.
//
// One thread. Taking an interface down or away takes the kernel some 20 ms each (it waits for all processors); the
// rest 1 or 2.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "net/netlink.h"

namespace stead::net {

struct MacvlanOptions {
  std::string name;          // at most 15 characters
  std::uint32_t parent = 0;  // the index of the interface below
  std::array<std::uint8_t, 6> mac{};
};

struct Macvlan {
  std::uint32_t index = 0;
  std::uint32_t parent = 0;
  std::array<std::uint8_t, 6> mac{};
  bool up = false;    // by the operator, or us
  bool vepa = false;  // it is a macvlan, and in this mode
};

class Macvlans {
 public:
  [[nodiscard]] static Result<Macvlans> open();

  // nullopt: there is no interface of that name, or number. `vepa` is false for interfaces of any other kind.
  [[nodiscard]] Result<std::optional<Macvlan>> find(const std::string& name);
  [[nodiscard]] Result<std::optional<Macvlan>> find(std::uint32_t index);
  // It is down at first. EOPNOTSUPP: the kernel has no macvlan.
  [[nodiscard]] Result<> create(const MacvlanOptions& options);
  [[nodiscard]] Result<> set_up(std::uint32_t index, bool up);
  // That it is not there is no error.
  [[nodiscard]] Result<> remove(std::uint32_t index);

 private:
  explicit Macvlans(NetlinkSocket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<std::optional<Macvlan>> ask(std::uint32_t index, const std::string& name);

  NetlinkSocket socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace stead::net
