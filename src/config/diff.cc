#include "config/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace stead::config {
namespace {

bool same_listener(const Listener& one, const Listener& other) {
  return one.endpoint == other.endpoint && one.node == other.node && one.vip_nodes == other.vip_nodes;
}

bool contains(const std::vector<Listener>& listeners, const Listener& wanted) {
  return std::any_of(listeners.begin(), listeners.end(),
                     [&](const Listener& listener) { return same_listener(listener, wanted); });
}

template <typename T>
const T* find_named(const std::vector<T>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// Everything that counts; where it was written does not.
auto values(const Check& check) {
  return std::tie(check.kind, check.path, check.host, check.expect_status_from, check.expect_status_to,
                  check.expect_body, check.every, check.every_fast, check.timeout, check.rise, check.fall);
}

auto values(const Member& member) {
  return std::tie(member.endpoint.address, member.endpoint.port, member.weight, member.backup, member.max_connections);
}

auto settings(const Pool& pool) {
  return std::tuple_cat(values(pool.check), std::tie(pool.balance, pool.slow_start, pool.queue_limit,
                                                     pool.queue_timeout, pool.idle_connections, pool.idle_timeout,
                                                     pool.connect_timeout, pool.first_byte_timeout, pool.try_timeout,
                                                     pool.retry_budget_percent, pool.eject_after, pool.eject_for));
}

auto values(const Route& route) {
  return std::tie(route.method, route.prefix, route.kind, route.pool, route.status, route.body, route.content_type,
                  route.location);
}

bool same_vip(const Vip& one, const Vip& other) {
  const auto values_of = [](const Vip& vip) {
    return std::tie(vip.addresses, vip.nodes, vip.router_id, vip.spread_ids, vip.sync, vip.version, vip.advert,
                    vip.preempt, vip.preempt_delay, vip.startup_delay, vip.unicast, vip.peers, vip.password,
                    vip.secrets, vip.authentication, vip.plain_checksum, vip.interface, vip.tracks, vip.provider,
                    vip.command, vip.assert_every, vip.command_timeout, vip.witness);
  };
  return values_of(one) == values_of(other);
}

auto values(const Timeouts& timeouts) {
  return std::tie(timeouts.head, timeouts.body, timeouts.idle, timeouts.request, timeouts.drain);
}

bool same_site(const Config& before, const Site& one, const Config& after, const Site& other) {
  const auto same_routes = [](const Route& a, const Route& b) { return values(a) == values(b); };
  if (one.hosts != other.hosts || one.listeners.size() != other.listeners.size()) return false;
  for (std::size_t i = 0; i < one.listeners.size(); ++i) {
    if (!same_listener(before.listeners[one.listeners[i]], after.listeners[other.listeners[i]])) return false;
  }
  return std::equal(one.routes.begin(), one.routes.end(), other.routes.begin(), other.routes.end(), same_routes);
}

PoolChange compare(const Pool& before, const Pool& after) {
  PoolChange change;
  change.pool = after.name;
  change.settings_changed = settings(before) != settings(after);
  for (const Member& member : after.members) {
    const Member* old = find_named(before.members, member.name);
    if (old == nullptr) {
      change.members_added.push_back(member.name);
    } else if (values(*old) != values(member)) {
      change.members_changed.push_back(member.name);
    }
  }
  for (const Member& member : before.members) {
    if (find_named(after.members, member.name) == nullptr) change.members_removed.push_back(member.name);
  }
  return change;
}

bool is_empty(const PoolChange& change) {
  return change.members_added.empty() && change.members_removed.empty() && change.members_changed.empty() &&
         !change.settings_changed;
}

// Sorts the names of two lists into added, removed and, where `same` denies it, changed.
template <typename T, typename Same>
void compare_named(const std::vector<T>& before, const std::vector<T>& after, std::vector<std::string>& added,
                   std::vector<std::string>& removed, Same&& same) {
  for (const T& one : after) {
    const T* old = find_named(before, one.name);
    if (old == nullptr) {
      added.push_back(one.name);
    } else {
      same(*old, one);
    }
  }
  for (const T& one : before) {
    if (find_named(after, one.name) == nullptr) removed.push_back(one.name);
  }
}

void say(std::vector<std::string>& lines, std::string_view what, const std::vector<std::string>& names,
         std::string_view happened) {
  for (const std::string& name : names) lines.push_back(fmt::format("{} {} {}", what, name, happened));
}

void say(std::vector<std::string>& lines, const PoolChange& change) {
  const std::string member = fmt::format("pool {}: member", change.pool);
  say(lines, member, change.members_added, "added");
  say(lines, member, change.members_removed, "removed");
  say(lines, member, change.members_changed, "changed");
  if (change.settings_changed) lines.push_back(fmt::format("pool {}: settings changed", change.pool));
}

}  // namespace

bool same_track(const Track& one, const Track& other) {
  const auto values_of = [](const Track& track) {
    return std::tie(track.name, track.kind, track.gateway, track.file, track.command, track.pool, track.interface,
                    track.weight, track.every, track.timeout, track.fall, track.rise);
  };
  return values_of(one) == values_of(other);
}

bool Difference::empty() const {
  return listeners_added.empty() && listeners_removed.empty() && pools_added.empty() && pools_removed.empty() &&
         pools_changed.empty() && sites_added.empty() && sites_removed.empty() && sites_changed.empty() &&
         vips_added.empty() && vips_removed.empty() && vips_changed.empty() && tracks_added.empty() &&
         tracks_removed.empty() && tracks_changed.empty() && !settings_changed && !needs_new_worker;
}

Difference diff(const Config& before, const Config& after) {
  Difference difference;
  for (const Listener& listener : after.listeners) {
    auto& list = contains(before.listeners, listener) ? difference.listeners_kept : difference.listeners_added;
    list.push_back(listener);
  }
  for (const Listener& listener : before.listeners) {
    if (!contains(after.listeners, listener)) difference.listeners_removed.push_back(listener);
  }
  compare_named(before.pools, after.pools, difference.pools_added, difference.pools_removed,
                [&](const Pool& old, const Pool& pool) {
                  PoolChange change = compare(old, pool);
                  if (!is_empty(change)) difference.pools_changed.push_back(std::move(change));
                });
  compare_named(before.sites, after.sites, difference.sites_added, difference.sites_removed,
                [&](const Site& old, const Site& site) {
                  if (!same_site(before, old, after, site)) difference.sites_changed.push_back(site.name);
                });
  compare_named(before.vips, after.vips, difference.vips_added, difference.vips_removed,
                [&](const Vip& old, const Vip& vip) {
                  if (!same_vip(old, vip)) difference.vips_changed.push_back(vip.name);
                });
  compare_named(before.tracks, after.tracks, difference.tracks_added, difference.tracks_removed,
                [&](const Track& old, const Track& track) {
                  if (!same_track(old, track)) difference.tracks_changed.push_back(track.name);
                });
  difference.settings_changed = before.name != after.name || values(before.timeouts) != values(after.timeouts) ||
                                before.worker.heartbeat_timeout != after.worker.heartbeat_timeout ||
                                before.worker.max_connections != after.worker.max_connections ||
                                before.log.access != after.log.access || before.log.level != after.log.level ||
                                before.admin.metrics != after.admin.metrics;
  difference.needs_new_worker = before.worker.loops != after.worker.loops || before.worker.user != after.worker.user;
  return difference;
}

std::vector<std::string> in_words(const Difference& difference) {
  std::vector<std::string> lines;
  for (const Listener& listener : difference.listeners_added) lines.push_back("listener " + listener.name + " added");
  for (const Listener& listener : difference.listeners_removed) {
    lines.push_back("listener " + listener.name + " removed");
  }
  say(lines, "vip", difference.vips_added, "added");
  say(lines, "vip", difference.vips_removed, "removed");
  say(lines, "vip", difference.vips_changed, "changed");
  say(lines, "track", difference.tracks_added, "added");
  say(lines, "track", difference.tracks_removed, "removed");
  say(lines, "track", difference.tracks_changed, "changed");
  say(lines, "site", difference.sites_added, "added");
  say(lines, "site", difference.sites_removed, "removed");
  say(lines, "site", difference.sites_changed, "changed");
  say(lines, "pool", difference.pools_added, "added");
  say(lines, "pool", difference.pools_removed, "removed");
  for (const PoolChange& change : difference.pools_changed) say(lines, change);
  if (difference.settings_changed) lines.emplace_back("settings changed");
  if (difference.needs_new_worker) lines.emplace_back("loops or user changed");
  return lines;
}

}  // namespace stead::config
