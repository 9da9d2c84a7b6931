#include "keeper/vip/plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/vrrp/spread.h"

namespace stead::keeper::vip {
namespace {

using core::vrrp::Trust;
using wire::vrrp::AuthType;
using wire::vrrp::ChecksumForm;
using wire::vrrp::Version;

// As keepalived: how far clocks may be apart without anybody noticing, however short the interval of adverts.
constexpr Duration kShortestWindow = 5s;

// All of them were read by config, which took nothing else.
IpAddress parsed(const std::string& text) { return IpAddress::parse(text).value(); }

std::vector<IpAddress> of_family(const std::vector<config::VipAddress>& addresses, Family family) {
  std::vector<IpAddress> result;
  for (const config::VipAddress& one : addresses) {
    const IpAddress address = parsed(one.address);
    if (address.family() == family) result.push_back(address);
  }
  return result;
}

void add_of_family(std::vector<IpAddress>& result, const std::string& text, Family family) {
  const IpAddress address = parsed(text);
  if (address.family() == family) result.push_back(address);
}

// The other nodes of the vip.
std::vector<IpAddress> nodes_of(const config::Config& config, const config::Vip& vip, std::string_view self,
                                Family family) {
  std::vector<IpAddress> result;
  for (const config::VipNode& one : vip.nodes) {
    if (one.node != self) add_of_family(result, config.find_node(one.node)->address, family);
  }
  return result;
}

// And the routers that are no nodes.
std::vector<IpAddress> peers_of(const config::Config& config, const config::Vip& vip, std::string_view self,
                                Family family) {
  std::vector<IpAddress> result = nodes_of(config, vip, self, family);
  for (const config::AddressText& peer : vip.peers) add_of_family(result, peer, family);
  return result;
}

// The first address of IPv6 is a link-local one by RFC 9568 section 5.2.9; where the file has one, it goes first.
void order_for_adverts(std::vector<IpAddress>& addresses) {
  std::ranges::stable_partition(addresses, [](const IpAddress& one) { return one.is_link_local(); });
}

core::vrrp::Authentication authentication_of(const config::Vip& vip) {
  core::vrrp::Authentication result;
  for (const config::VipSecret& one : vip.secrets) result.secrets.push_back({.id = one.id, .key = one.key});
  switch (vip.authentication) {
    case config::VipAuthentication::Enforce:
      result.trust = Trust::Signed;
      break;
    case config::VipAuthentication::Permissive:
      result.trust = Trust::Both;
      break;
    case config::VipAuthentication::ReceiveOnly:
      result.trust = Trust::SignedLater;
      break;
  }
  result.window = std::max<Duration>(3 * vip.advert, kShortestWindow);
  return result;
}

std::optional<VotePlan> vote_of(const config::Config& config, const config::Vip& vip, std::string_view node) {
  if (vip.witness.empty()) return std::nullopt;
  VotePlan vote;
  vote.witness = parsed(config.find_node(vip.witness)->address);
  vote.witness_name = vip.witness;
  for (const config::VipNode& one : vip.nodes) vote.nodes.push_back(parsed(config.find_node(one.node)->address));
  const auto self = std::ranges::find(vip.nodes, node, &config::VipNode::node);
  vote.self = static_cast<std::size_t>(self - vip.nodes.begin());
  return vote;
}

GroupPlan make_group(const config::Config& config, const config::Vip& vip, const config::VipNode& self, Family family,
                     std::uint32_t router_id, std::vector<IpAddress> addresses) {
  GroupPlan group;
  group.vip = vip.name;
  group.family = family;
  group.router_id = static_cast<std::uint8_t>(router_id);
  group.addresses = std::move(addresses);
  order_for_adverts(group.addresses);
  group.router = {.version = vip.version == 2 ? Version::V2 : Version::V3,
                  .priority = self.priority,
                  .interval = vip.advert,
                  .preempt = vip.preempt,
                  .preempt_delay = vip.preempt_delay,
                  .startup_delay = vip.startup_delay,
                  .source = {}};
  const std::vector<IpAddress> peers = peers_of(config, vip, self.node, family);
  group.gate.version = group.router.version;
  group.gate.router = group.router_id;
  group.gate.interval = vip.advert;
  group.gate.unicast = vip.unicast;
  // Of multicast, nodes of the file are only known by source where the operator has named all others, too; IPv6 comes
  // from link-local addresses, which the file does not hold.
  if (vip.unicast || !vip.peers.empty()) group.gate.peers = peers;
  group.gate.addresses = group.addresses.size();
  if (!vip.password.empty()) {
    group.gate.auth_type = AuthType::SimpleText;
    std::ranges::copy(vip.password, group.gate.auth_data.begin());
  }
  group.gate.authentication = authentication_of(vip);
  group.checksum = vip.plain_checksum ? ChecksumForm::Plain : ChecksumForm::PseudoHeader;
  group.destinations = vip.unicast ? peers : std::vector<IpAddress>{wire::vrrp::group_of(family)};
  group.interface = vip.interface;
  group.virtual_mac = vip.virtual_mac;
  group.node_address = parsed(config.find_node(self.node)->address);
  group.sync = vip.sync;
  group.has_peers = vip.nodes.size() > 1 || !vip.peers.empty();
  group.nodes = nodes_of(config, vip, self.node, family);
  group.only_nodes = vip.peers.empty();
  if (vip.provider == config::VipProvider::Exec) {
    group.mover = GroupPlan::Mover{.command = vip.command,
                                   .rules = {.assert_every = vip.assert_every, .timeout = vip.command_timeout}};
  }
  group.vote = vote_of(config, vip, self.node);
  group.router.needs_permission = group.vote.has_value();
  return group;
}

// A group for each address that is shared.
void add_shared(const config::Config& config, const config::Vip& vip, const config::VipNode& self, Family family,
                Plan& plan) {
  const auto index = static_cast<std::size_t>(&self - vip.nodes.data());
  for (std::size_t i = 0; i < vip.addresses.size(); ++i) {
    const IpAddress address = parsed(vip.addresses[i].address);
    if (address.family() != family) continue;
    GroupPlan group = make_group(config, vip, self, family, vip.spread_ids.at(i), {address});
    group.seat = GroupPlan::Seat{.index = index, .nodes = vip.nodes.size()};
    group.router.priority = core::vrrp::Spread::kRest;
    plan.groups.push_back(std::move(group));
  }
}

void add_witnesses(const config::Config& config, const config::Vip& vip, std::string_view node, Plan& plan) {
  const auto add = [&](Family family, std::uint32_t router_id, std::vector<IpAddress> addresses) {
    plan.witnesses.push_back({.vip = vip.name,
                              .family = family,
                              .router_id = static_cast<std::uint8_t>(router_id),
                              .addresses = std::move(addresses),
                              .interval = vip.advert,
                              .vote = *vote_of(config, vip, node),
                              .authentication = authentication_of(vip)});
  };
  if (vip.spread) {
    for (std::size_t i = 0; i < vip.addresses.size(); ++i) {
      const IpAddress address = parsed(vip.addresses[i].address);
      add(address.family(), vip.spread_ids.at(i), {address});
    }
    return;
  }
  for (const Family family : {Family::V4, Family::V6}) {
    std::vector<IpAddress> addresses = of_family(vip.addresses, family);
    if (!addresses.empty()) add(family, vip.router_id, std::move(addresses));
  }
}

}  // namespace

bool Plan::votes() const {
  return !witnesses.empty() || std::ranges::any_of(groups, [](const GroupPlan& one) { return one.vote.has_value(); });
}

Plan make_plan(const config::Config& config, std::string_view node) {
  Plan plan;
  if (const config::Node* own = config.find_node(node)) plan.node_address = parsed(own->address);
  for (const config::Vip& vip : config.vips) {
    if (!node.empty() && vip.witness == node) add_witnesses(config, vip, node, plan);
    const auto self = std::ranges::find(vip.nodes, node, &config::VipNode::node);
    if (self == vip.nodes.end()) continue;
    for (const Family family : {Family::V4, Family::V6}) {
      if (vip.spread) {
        add_shared(config, vip, *self, family, plan);
        continue;
      }
      std::vector<IpAddress> addresses = of_family(vip.addresses, family);
      if (addresses.empty()) continue;
      plan.groups.push_back(make_group(config, vip, *self, family, vip.router_id, std::move(addresses)));
    }
  }
  return plan;
}

bool same_group(const GroupPlan& one, const GroupPlan& other) {
  const bool same_vip = one.vip == other.vip && one.family == other.family;
  return same_vip && one.seat.has_value() == other.seat.has_value() && (!one.seat || one.addresses == other.addresses);
}

bool same_settings(const GroupPlan& one, const GroupPlan& other) {
  const auto values = [](const GroupPlan& plan) {
    return std::tie(plan.router_id, plan.addresses, plan.router.version, plan.router.priority, plan.router.interval,
                    plan.router.preempt, plan.router.preempt_delay, plan.router.startup_delay, plan.gate.unicast,
                    plan.gate.peers, plan.gate.auth_type, plan.gate.auth_data, plan.checksum, plan.destinations,
                    plan.interface, plan.virtual_mac, plan.node_address, plan.seat, plan.sync, plan.has_peers,
                    plan.nodes, plan.only_nodes, plan.vote);
  };
  // Which command it is, and how it is run, is no business of the group's.
  return values(one) == values(other) && one.mover.has_value() == other.mover.has_value();
}

bool same_settings(const WitnessPlan& one, const WitnessPlan& other) {
  return one.vip == other.vip && one.family == other.family && one.router_id == other.router_id &&
         one.addresses == other.addresses && one.interval == other.interval && one.vote == other.vote;
}

std::uint32_t lease_of(const core::vrrp::RouterConfig& router) {
  const Duration patience = 3 * router.interval;
  return static_cast<std::uint32_t>(std::max<std::int64_t>((patience + 999ms) / 1s, 1));
}

}  // namespace stead::keeper::vip
