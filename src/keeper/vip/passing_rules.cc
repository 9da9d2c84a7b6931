#include "keeper/vip/passing_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace stead::keeper::vip {
namespace {

using core::vrrp::Cause;
using core::vrrp::State;

std::string_view family_name(Family family) { return family == Family::V4 ? "ip" : "ip6"; }

// A virtual router is one by its interface and its id: several Steads on a machine do not meet.
std::string table_name(const PassingRules& rules) {
  return fmt::format("{} stead_{}_{}", family_name(rules.family), rules.interface, rules.router_id);
}

std::string join(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const IpAddress& address : addresses) text += (text.empty() ? "" : ", ") + address.to_text();
  return text;
}

// IPv6's adverts come from link-local addresses, which the file does not hold.
bool is_node(const GroupPlan& plan, const IpAddress& source) {
  if (source.is_link_local()) return plan.only_nodes;
  return std::ranges::find(plan.nodes, source) != plan.nodes.end();
}

}  // namespace

std::optional<IpAddress> owner_elsewhere(const GroupPlan& plan, const GroupState& state) {
  if (!state.peer || !is_node(plan, state.peer->source)) return std::nullopt;
  return state.state == State::Backup ? std::optional(state.peer->source) : std::nullopt;
}

std::optional<IpAddress> previous_owner(Instant now, const GroupPlan& plan, const GroupState& state, Duration drain) {
  if (!state.peer || !is_node(plan, state.peer->source)) return std::nullopt;
  if (state.state == State::Backup) return state.peer->source;
  const bool in_order = state.state == State::Active && state.cause == Cause::Preempted;
  return in_order && now - state.since < drain ? std::optional(state.peer->source) : std::nullopt;
}

std::string render_passing(const PassingRules& rules) {
  const std::string table = table_name(rules);
  std::string text = fmt::format(
      "add table {0} {{ flags owner; }}\n"
      "add set {0} routers {{ type ether_addr; flags dynamic,timeout; timeout 1m; }}\n"
      "add chain {0} passing {{ type filter hook prerouting priority raw; policy accept; }}\n"
      "flush chain {0} passing\n",
      table);
  const auto add = [&](std::string_view rule) { text += fmt::format("add rule {} passing {}\n", table, rule); };
  add(fmt::format("meta l4proto 112 iif {} update @routers {{ ether saddr }} return", rules.interface));
  add(fmt::format("{} daddr != {{ {} }} return", family_name(rules.family), join(rules.addresses)));
  if (rules.owner) {
    add(fmt::format(
        "fib daddr type != local ether saddr != @routers tcp flags & (syn | ack) == syn dup to {} device {} drop",
        rules.owner->to_text(), rules.interface));
  }
  add(fmt::format("tcp flags & (syn | ack) == syn meta mark set meta mark | {:#x} return", kAcceptedMark));
  if (rules.previous_owner) {
    // Whether the address is here or not: the kernel takes a moment to make one of IPv6 local, and its packets come by
    // then. The rule below would give them to the listening socket, which would reset their connections.
    add(fmt::format("ether saddr != @routers tcp flags & syn != syn socket mark & {:#x} == 0 dup to {} device {} drop",
                    kAcceptedMark, rules.previous_owner->to_text(), rules.interface));
  }
  add(fmt::format("fib daddr type != local socket transparent 1 meta mark set meta mark | {:#x} return", kDeliverMark));
  return text;
}

std::string render_passing_removal(const PassingRules& rules) {
  return fmt::format("delete table {}\n", table_name(rules));
}

}  // namespace stead::keeper::vip
