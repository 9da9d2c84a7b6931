// What a node has to do for the file's virtual addresses: [vip.NAME] turned into VRRP groups, as one of its nodes sees
// them. A vip with addresses of both families is two groups, since adverts for an address travel in its own family; one
// whose addresses are shared is a group for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "config/model.h"
#include "core/vip_command/vip_command.h"
#include "core/vrrp/gate.h"
#include "core/vrrp/router.h"
#include "wire/vrrp/advert.h"

namespace stead::keeper::vip {

// Who is asked who may have a group's addresses, and where: see core/vrrp/tie_break.h.
struct VotePlan {
  std::vector<IpAddress> nodes;  // of the vip, in its order, ourselves included
  IpAddress witness;
  std::size_t self = 0;  // into `nodes`; for the witness, how many there are
  std::string witness_name;
  [[nodiscard]] bool operator==(const VotePlan&) const = default;
};

struct GroupPlan {
  std::string vip;
  Family family = Family::V4;
  std::uint8_t router_id = 0;
  std::vector<IpAddress> addresses;
  core::vrrp::RouterConfig router;  // `source` is filled in when the interface is known
  core::vrrp::GateConfig gate;      // likewise
  wire::vrrp::ChecksumForm checksum = wire::vrrp::ChecksumForm::PseudoHeader;
  std::vector<IpAddress> destinations;  // of adverts: the multicast group, or each peer
  std::string interface;                // of adverts; empty: the one with the node's address
  bool virtual_mac = false;             // the addresses are on an interface of the group's own: see own_interface.h
  IpAddress node_address;
  // The address is one of several that the vip's nodes share: which of the nodes this is. The router's priority is then
  // not the plan's: see sharing.h.
  struct Seat {
    std::size_t index = 0;
    std::size_t nodes = 0;
    [[nodiscard]] bool operator==(const Seat&) const = default;
  };
  std::optional<Seat> seat;
  std::string sync;  // the name of those that belong together (together.h); empty: it is on its own
  // Who tells the network where the addresses are; nullopt: the group itself, by ARP and neighbour advertisements.
  struct Mover {
    std::vector<std::string> command;
    core::vip_command::CommandRules rules;
    [[nodiscard]] bool operator==(const Mover&) const = default;
  };
  std::optional<Mover> mover;
  bool has_peers = false;  // somebody else may own the addresses
  // The vip's other nodes, where adverts come from the addresses that the file gives them.
  std::vector<IpAddress> nodes;
  bool only_nodes = false;  // the file names no router that is none of its nodes
  std::optional<VotePlan> vote;
};

// A group of which this node is the witness.
struct WitnessPlan {
  std::string vip;
  Family family = Family::V4;
  std::uint8_t router_id = 0;
  std::vector<IpAddress> addresses;
  Duration interval{};
  VotePlan vote;
  core::vrrp::Authentication authentication;
};

struct Plan {
  std::vector<GroupPlan> groups;
  std::vector<WitnessPlan> witnesses;
  IpAddress node_address;
  [[nodiscard]] bool is_empty() const { return groups.empty() && witnesses.empty(); }
  [[nodiscard]] bool votes() const;  // there is somebody to ask, or to answer
};

// For a file without errors. Empty where the node is in no vip, and the witness of none.
[[nodiscard]] Plan make_plan(const config::Config& config, std::string_view node);

// Whether the two are one group, perhaps with other settings: then it goes on as what it is.
[[nodiscard]] bool same_group(const GroupPlan& one, const GroupPlan& other);
// Whether nothing differs that a running group could not take over in place (Group::adopt): secrets can be changed
// without anything moving.
[[nodiscard]] bool same_settings(const GroupPlan& one, const GroupPlan& other);

[[nodiscard]] bool same_settings(const WitnessPlan& one, const WitnessPlan& other);

// How long the kernel keeps an address that is not refreshed, in whole seconds: as long as the others wait, and no
// longer than it must be, so that an owner that has died has no address when they have it. The kernel knows no less
// than a second.
[[nodiscard]] std::uint32_t lease_of(const core::vrrp::RouterConfig& router);

}  // namespace stead::keeper::vip
