// Virtual routers that belong together, such as those of a vip's IPv4 and IPv6 addresses: all at one node, or none.
//
//   Where one of them cannot take part, because its interface is gone, say, none does.
//   The first of them leads: where it is a Backup, and another node has what it watches over, those that are active
//   here all the same are handed over. Every node does so, and they come together where the first one is. That is for
//   what priorities do not bring together: routers that do not preempt, or one family's adverts that were lost for a
//   while.
//
// One decision at a time, for the shell to carry out; nothing here allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "core/vrrp/router.h"

namespace stead::core::vrrp {

class Sync {
 public:
  // How long one that has been handed over lets others be: both must have come to rest by then.
  static constexpr Duration kRest = 3s;

  struct Member {
    bool fit = true;  // nothing of its own keeps it from taking part
    State state = State::Initialize;
    Instant since{};          // the state
    bool peer_known = false;  // somebody else is active
    bool told = false;        // to hand over, by us
  };
  enum class Order : std::uint8_t { None, HandOver, TakeBack };

  // Whether all can take part.
  [[nodiscard]] static bool fit(std::span<const Member> members);
  // What to tell the member of this index.
  [[nodiscard]] static Order order(Instant now, std::span<const Member> members, std::size_t index);
};

}  // namespace stead::core::vrrp
