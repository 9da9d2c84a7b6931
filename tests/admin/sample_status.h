// A status for tests, with one of everything that matters.
#pragma once

#include "admin/status.h"

namespace stead::admin {

inline void set(MemberCounterValues& values, service::http::Counter service::http::MemberStats::*counter,
                std::uint64_t value) {
  const auto table = member_counters();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].counter == counter) values[i] = value;
  }
}

inline void set(LoopCounterValues& values, service::http::Counter service::http::LoopStats::*counter,
                std::uint64_t value) {
  const auto table = loop_counters();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].counter == counter) values[i] = value;
  }
}

inline MemberStatus sample_member(const std::string& name, const std::string& state) {
  MemberStatus member;
  member.name = name;
  member.address = "10.0.0.21:8000";
  member.state = state;
  member.usable = state == "up";
  member.since = 3 * 1h + 12 * 1min;
  return member;
}

inline Status sample_status() {
  using service::http::LoopStats;
  using service::http::MemberStats;
  Status status;
  status.name = "shop";
  status.node = "edge-1";
  status.version = "0.1.0";
  status.pid = 4242;
  status.generation = 3;
  status.plan_generation = 17;
  status.uptime = 90s;
  status.log_written = 12'340;
  status.log_lost = 5;
  status.listeners = {{"any:8080", "0.0.0.0:8080"}, {"127.0.0.1:8081", "127.0.0.1:8081"}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    LoopStatus loop;
    loop.index = i;
    loop.beat_age = 12ms;
    loop.requests_per_second = 30.25;
    set(loop.counters, &LoopStats::connections, 6);
    set(loop.counters, &LoopStats::requests, 6173);
    set(loop.counters, &LoopStats::responses_1xx_3xx, 6170);
    set(loop.counters, &LoopStats::responses_5xx, 3);
    loop.latency.buckets[10] = 6000;  // below 1.024 ms
    loop.latency.buckets[12] = 170;
    loop.latency.buckets[27] = 3;
    loop.latency.total_us = 5'000'000;
    status.loops.push_back(loop);
  }
  PoolStatus pool;
  pool.name = "api";
  pool.balance = "least-request";
  pool.requests_per_second = 60.5;
  MemberStatus up = sample_member("app-1:8000", "up");
  up.requests_per_second = 60.5;
  up.check = CheckStatus{.passed = true, .detail = "status 200", .took = 1230us, .ago = 300ms};
  set(up.counters, &MemberStats::active, 2);
  set(up.counters, &MemberStats::requests, 12'345);
  MemberStatus down = sample_member("app-2:8000", "down");
  down.since = 12s;
  down.reason = "refused the connection 3 times in a row";
  down.check = CheckStatus{.passed = false, .detail = "Connection refused", .took = 100us, .ago = 100ms};
  set(down.counters, &MemberStats::requests, 1002);
  set(down.counters, &MemberStats::connect_failures, 13);
  set(down.counters, &MemberStats::responses_5xx, 1);
  MemberStatus drained = sample_member("app-3:8000", "up");
  drained.drained = true;
  drained.usable = false;
  drained.backup = true;
  drained.weight = 5;
  drained.file_weight = 1;
  pool.members = {up, down, drained};
  status.pools.push_back(pool);
  return status;
}

}  // namespace stead::admin
