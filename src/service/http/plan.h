// The plan: everything a data loop needs to know to serve a request, compiled from the configuration and from what the
// control loop knows of the members. Immutable once published; a request keeps the plan that it started with.
//
// The control loop compiles a new one at each reload and at each change of a member's health, which is rare, so a plan
// holds plain values and is copied whole. What changes with every request (connections in use, latencies) lives in each
// data loop, found by the stable ids below.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "config/model.h"
#include "core/route/router.h"

namespace stead::service::http {

// Stable for one (pool name, endpoint) as long as the worker lives, also over reloads: index of the loops' and the
// control loop's own records of that member. Ids are small and dense.
using MemberId = std::uint32_t;
using PoolId = std::uint32_t;
// Stable for one bound address while the keeper lives.
using ListenerId = std::uint32_t;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;  // 0: no address (an unresolved name)
};

struct MemberPlan {
  MemberId id = 0;
  std::string name;  // "app-1:8000"
  SocketAddress address;
  std::uint32_t weight = 1;
  bool backup = false;
  std::uint32_t max_connections = 0;  // this loop's share; 0: no limit
  bool usable = true;                 // neither down, nor ejected, nor drained
  bool drained = false;               // by the operator: takes nothing new, not even when all others are down
  Instant warm_since{};               // start of its slow start; Instant{}: none
};

struct PoolPlan {
  PoolId id = 0;
  std::string name;
  config::Balance balance = config::Balance::RoundRobin;
  std::vector<MemberPlan> members;
  Duration slow_start{};
  std::uint32_t queue_limit = 0;
  Duration queue_timeout{};
  std::uint32_t idle_connections = 0;
  Duration idle_timeout{};
  Duration connect_timeout{};
  Duration first_byte_timeout{};
  Duration try_timeout{};  // 0: learned
  double retry_budget = 0.2;
};

struct RoutePlan {
  config::RouteKind kind = config::RouteKind::Pool;
  std::uint32_t pool = 0;  // index into Plan::pools
  std::uint16_t status = 200;
  std::string body;
  std::string content_type;
  std::string location;
};

struct ListenerPlan {
  ListenerId id = 0;
  std::string name;
  // Maps host, method and path to an index into Plan::routes.
  std::shared_ptr<const core::route::Router> router;
};

struct Plan {
  std::uint64_t generation = 0;
  std::vector<PoolPlan> pools;
  std::vector<RoutePlan> routes;
  std::vector<ListenerPlan> listeners;
  config::Timeouts timeouts;
  std::uint32_t max_connections = 0;  // per loop
  bool access_log = false;

  [[nodiscard]] const ListenerPlan* find_listener(ListenerId id) const {
    for (const ListenerPlan& listener : listeners) {
      if (listener.id == id) return &listener;
    }
    return nullptr;
  }
};

}  // namespace stead::service::http
