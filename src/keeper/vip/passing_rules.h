// Connections outlive the move of their address: what the packet filter has to know for it. Text for nft and nothing
// else; vip/passing.h carries it out.
//
// A connection belongs to the node that accepted it, and its packets come to the address's new owner. So
//   the owner marks what it accepts: a SYN's mark is inherited by the connection (net.ipv4.tcp_fwmark_accept);
//   the next owner, for a while, hands a packet whose connection it does not know (the socket found for it is the
//   listening one, which has no mark) to the owner before, as it came, in a frame of its own;
//   who is not the owner hands on who asks for a new connection, since the network has not heard of the move yet;
//   and it takes packets that belong to one of its connections, and to nothing else, although it has the
//   address no more.
// Whose packets are handed on hangs on who owned the address before, and what is delivered on whether the address is on
// the machine in that moment; so the rules are in place before a move, and a move itself changes none. Packets that
// come from another VRRP router are never handed on, so none goes round in circles.
//
// All of it is about the interface that adverts use. Addresses with the virtual MAC are on another (own_interface.h),
// at which clients' packets arrive; what one router hands to another goes by the first in both cases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/state.h"

namespace stead::keeper::vip {

// Bits of packets' marks, out of the way of what others are known to use.
inline constexpr std::uint32_t kAcceptedMark = 0x01000000;  // of connections to a virtual address
inline constexpr std::uint32_t kDeliverMark = 0x02000000;   // of packets that are for this machine all the same
// Of routes, with kDeliverMark; also the priority of the rule that leads there, ahead of the main table's.
inline constexpr std::uint32_t kDeliverTable = 9568;

// Of one group, as it is now.
struct PassingRules {
  Family family = Family::V4;
  std::uint32_t interface = 0;
  std::uint8_t router_id = 0;
  std::vector<IpAddress> addresses;
  // Who has the addresses, where it is not us: who asks us for a new connection has not heard of it yet.
  std::optional<IpAddress> owner;
  // Who gets the packets of unknown connections while the addresses are here; nullopt: nobody, so their senders hear at
  // once that there is no such connection.
  std::optional<IpAddress> previous_owner;

  [[nodiscard]] bool operator==(const PassingRules&) const = default;
};

// Whose connections those are that a group does not know: the owner's, while there is another; after a move in order,
// for `drain`, the owner's before. One that fell silent, or gave up because it cannot serve, has none left that could
// be saved: they are better refused than kept waiting. One that is no Stead would not take them.
[[nodiscard]] std::optional<IpAddress> owner_elsewhere(const GroupPlan& plan, const GroupState& state);
[[nodiscard]] std::optional<IpAddress> previous_owner(Instant now, const GroupPlan& plan, const GroupState& state,
                                                      Duration drain);

// The whole table of a group, in place of what it was.
[[nodiscard]] std::string render_passing(const PassingRules& rules);
[[nodiscard]] std::string render_passing_removal(const PassingRules& rules);

}  // namespace stead::keeper::vip
