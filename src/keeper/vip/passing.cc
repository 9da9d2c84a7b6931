#include "keeper/vip/passing.h"

#include <algorithm>
#include <utility>

#include "net/sysctl.h"

namespace stead::keeper::vip {
namespace {

constexpr const char* kInheritMarks = "net/ipv4/tcp_fwmark_accept";  // IPv6 as well
constexpr net::LocalDelivery kDelivery = {.mark = kDeliverMark, .table = kDeliverTable, .priority = kDeliverTable};

std::vector<PassingRules> wanted_rules(Instant now, const Plan& plan, const std::vector<GroupState>& groups,
                                       Duration drain) {
  std::vector<PassingRules> wanted;
  for (std::size_t i = 0; i < plan.groups.size() && i < groups.size(); ++i) {
    const GroupPlan& group = plan.groups[i];
    if (groups[i].interface == 0 || !group.has_peers) continue;
    wanted.push_back({.family = group.family,
                      .interface = groups[i].interface,
                      .router_id = group.router_id,
                      .addresses = group.addresses,
                      .owner = owner_elsewhere(group, groups[i]),
                      .previous_owner = previous_owner(now, group, groups[i], drain)});
  }
  return wanted;
}

bool same_table(const PassingRules& one, const PassingRules& other) {
  return one.family == other.family && one.interface == other.interface && one.router_id == other.router_id;
}

}  // namespace

Passing::~Passing() { close(); }

std::optional<std::string> Passing::reconcile(Instant now, const Plan& plan, const std::vector<GroupState>& groups,
                                              Duration drain) {
  std::vector<PassingRules> wanted = wanted_rules(now, plan, groups, drain);
  if (wanted == in_place_ || now < retry_due_) return std::nullopt;
  const Result<> applied = apply(wanted);
  works_ = applied.has_value();
  if (applied) {
    in_place_ = std::move(wanted);
    if (!std::exchange(complained_, false)) return std::nullopt;
    return "connections outlive the move of their virtual address again";
  }
  // What is there now is not known; the tables go with the filter.
  close();
  retry_due_ = now + kRetry;
  if (std::exchange(complained_, true)) return std::nullopt;
  return "when a virtual address moves, its established connections will be cut: " + applied.error().message;
}

Result<> Passing::open() {
  if (filter_) return {};
  if (const Result<> set = net::set_sysctl(kInheritMarks, "1"); !set) return set;
  Result<net::PolicyRoute> routes = net::PolicyRoute::open();
  if (!routes) return std::unexpected(std::move(routes.error()));
  Result<net::PacketRules> filter = net::PacketRules::open();
  if (!filter) return std::unexpected(std::move(filter.error()));
  routes_ = std::move(*routes);
  filter_ = std::move(*filter);
  return {};
}

// All tables in one go.
Result<> Passing::apply(const std::vector<PassingRules>& wanted) {
  if (Result<> opened = open(); !opened) return opened;
  std::string commands;
  for (const PassingRules& old : in_place_) {
    const bool stays = std::ranges::any_of(wanted, [&](const PassingRules& one) { return same_table(one, old); });
    if (!stays) commands += render_passing_removal(old);
  }
  for (const PassingRules& rules : wanted) {
    if (Result<> routed = routes_->put(rules.family, kDelivery); !routed) return routed;
    if (std::ranges::find(in_place_, rules) == in_place_.end()) commands += render_passing(rules);
  }
  return commands.empty() ? Result<>() : filter_->run(commands);
}

void Passing::close() {
  if (routes_) {
    for (const Family family : {Family::V4, Family::V6}) {
      [[maybe_unused]] const Result<> removed = routes_->remove(family, kDelivery);
    }
  }
  routes_.reset();
  filter_.reset();
  in_place_.clear();
}

Result<> Passing::rehearse(Family family) {
  if (Result<> allowed = net::may_set_sysctl(kInheritMarks, "1"); !allowed) return allowed;
  Result<net::PacketRules> filter = net::PacketRules::open();
  if (!filter) return std::unexpected(std::move(filter.error()));
  const IpAddress somewhere = IpAddress::parse(family == Family::V4 ? "192.0.2.1" : "2001:db8::1").value();
  return filter->rehearse(render_passing({.family = family,
                                          .interface = 1,
                                          .router_id = 0,
                                          .addresses = {somewhere},
                                          .owner = somewhere,
                                          .previous_owner = somewhere}));
}

}  // namespace stead::keeper::vip
