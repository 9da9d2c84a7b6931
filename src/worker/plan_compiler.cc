#include "worker/plan_compiler.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "core/route/router.h"
#include "service/check/health_service.h"

namespace stead::worker {

namespace http = service::http;

namespace {

// This loop's share of a limit over all loops; rounded up, so that a small limit does not become none.
std::uint32_t share_of(std::uint32_t limit, std::uint32_t loops) {
  return limit / loops + (limit % loops != 0 ? 1 : 0);
}

// What tells two places apart that have the same name.
std::string place_of(const std::string& key, const http::SocketAddress& address) {
  std::string place = key + "@";
  place.append(reinterpret_cast<const char*>(&address.storage), address.length);
  return place;
}

std::optional<std::uint32_t> index_of_pool(const config::Config& config, const std::string& name) {
  const auto found = std::find_if(config.pools.begin(), config.pools.end(),
                                  [&](const config::Pool& pool) { return pool.name == name; });
  if (found == config.pools.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - config.pools.begin());
}

}  // namespace

http::SocketAddress socket_address(const config::Endpoint& endpoint) {
  http::SocketAddress address;
  auto* version_4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* version_6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, endpoint.address.c_str(), &version_4->sin_addr) == 1) {
    version_4->sin_family = AF_INET;
    version_4->sin_port = htons(endpoint.port);
    address.length = sizeof *version_4;
  } else if (inet_pton(AF_INET6, endpoint.address.c_str(), &version_6->sin6_addr) == 1) {
    version_6->sin6_family = AF_INET6;
    version_6->sin6_port = htons(endpoint.port);
    address.length = sizeof *version_6;
  }
  return address;
}

void PlanCompiler::configure(const config::Config& config, std::span<const BoundListener> listeners,
                             std::uint32_t loops, bool access_log) {
  base_ = http::Plan{.generation = base_.generation,
                     .pools = {},
                     .routes = {},
                     .listeners = {},
                     .timeouts = config.timeouts,
                     .max_connections = share_of(config.worker.max_connections, loops),
                     .access_log = access_log};
  for (const config::Pool& pool : config.pools) add_pool(pool, loops);
  for (const BoundListener& listener : listeners) add_listener(config, listener);
}

void PlanCompiler::add_pool(const config::Pool& pool, std::uint32_t loops) {
  http::PoolPlan& plan = base_.pools.emplace_back();
  plan.id = pool_ids_.id_of(pool.name);
  plan.name = pool.name;
  plan.balance = pool.balance;
  plan.slow_start = pool.slow_start;
  plan.queue_limit = pool.queue_limit;
  plan.queue_timeout = pool.queue_timeout;
  plan.idle_connections = pool.idle_connections;
  plan.idle_timeout = pool.idle_timeout;
  plan.connect_timeout = pool.connect_timeout;
  plan.first_byte_timeout = pool.first_byte_timeout;
  plan.try_timeout = pool.try_timeout;
  plan.retry_budget = static_cast<double>(pool.retry_budget_percent) / 100.0;
  for (const config::Member& member : pool.members) {
    plan.members.push_back({.id = 0,
                            .name = member.name,
                            .address = {},
                            .weight = member.weight,
                            .backup = member.backup,
                            .max_connections = share_of(member.max_connections, loops),
                            .usable = true,
                            .drained = false,
                            .warm_since = {}});
  }
}

void PlanCompiler::add_listener(const config::Config& config, const BoundListener& bound) {
  const auto named = std::find_if(config.listeners.begin(), config.listeners.end(),
                                  [&](const config::Listener& listener) { return listener.name == bound.name; });
  if (named == config.listeners.end()) return;
  const auto index = static_cast<std::uint32_t>(named - config.listeners.begin());
  std::vector<core::route::Site> sites;
  for (const config::Site& site : config.sites) {
    if (std::find(site.listeners.begin(), site.listeners.end(), index) == site.listeners.end()) continue;
    const std::vector<std::uint32_t> ids = add_routes(config, site);
    core::route::Site& table = sites.emplace_back();
    table.hosts = site.hosts;
    for (std::size_t i = 0; i < site.routes.size(); ++i) {
      table.routes.push_back({.method = site.routes[i].method, .prefix = site.routes[i].prefix, .id = ids[i]});
    }
  }
  base_.listeners.push_back(
      {.id = bound.id, .name = bound.name, .router = std::make_shared<const core::route::Router>(std::move(sites))});
}

// The ids of the site's routes: indices into the plan's. A site on two listeners has its routes there twice, which
// costs nothing that matters.
std::vector<std::uint32_t> PlanCompiler::add_routes(const config::Config& config, const config::Site& site) {
  std::vector<std::uint32_t> ids;
  for (const config::Route& route : site.routes) {
    ids.push_back(static_cast<std::uint32_t>(base_.routes.size()));
    http::RoutePlan plan{.kind = route.kind,
                         .pool = 0,
                         .status = route.status,
                         .body = route.body,
                         .content_type = route.content_type,
                         .location = route.location};
    if (route.kind == config::RouteKind::Pool) {
      if (const auto pool = index_of_pool(config, route.pool)) {
        plan.pool = *pool;
      } else {
        // The reader refuses such a file. Should it ever pass, this route alone suffers.
        plan.kind = config::RouteKind::Answer;
        plan.status = 503;
      }
    }
    base_.routes.push_back(std::move(plan));
  }
  return ids;
}

std::shared_ptr<const http::Plan> PlanCompiler::compile(const MemberAddresses& addresses,
                                                        const MemberAvailability& availability) {
  ++base_.generation;
  auto plan = std::make_shared<http::Plan>(base_);
  for (http::PoolPlan& pool : plan->pools) {
    for (http::MemberPlan& member : pool.members) {
      const std::string key = service::check::member_key(pool.name, member.name);
      if (const auto address = addresses.find(key); address != addresses.end()) member.address = address->second;
      member.id = member_ids_.id_of(place_of(key, member.address));
      if (identities_.size() <= member.id) identities_.resize(member.id + 1);
      identities_[member.id] = {.pool = pool.name, .key = key};
      if (const auto known = availability.find(key); known != availability.end()) {
        member.usable = known->second.usable;
        member.drained = known->second.drained;
        member.backup = known->second.backup;
        member.weight = known->second.weight;
        member.warm_since = known->second.warm_since;
      }
      if (member.address.length == 0) member.usable = false;
    }
  }
  return plan;
}

const MemberIdentity* PlanCompiler::identity_of(http::MemberId id) const {
  return id < identities_.size() && !identities_[id].key.empty() ? &identities_[id] : nullptr;
}

}  // namespace stead::worker
