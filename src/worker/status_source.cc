#include "worker/status_source.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "config/address.h"

namespace stead::worker {

namespace http = service::http;
namespace check = service::check;

namespace {

std::string text_of(const http::SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.storage.ss_family == AF_INET && address.length > 0) {
    const auto& version_4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    inet_ntop(AF_INET, &version_4.sin_addr, text.data(), text.size());
    return config::join_host_port(text.data(), ntohs(version_4.sin_port));
  }
  if (address.storage.ss_family == AF_INET6 && address.length > 0) {
    const auto& version_6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    inet_ntop(AF_INET6, &version_6.sin6_addr, text.data(), text.size());
    return config::join_host_port(text.data(), ntohs(version_6.sin6_port));
  }
  return {};
}

std::string text_of(config::Balance balance) {
  switch (balance) {
    case config::Balance::RoundRobin:
      return "round-robin";
    case config::Balance::LeastRequest:
      return "least-request";
    case config::Balance::Random:
      return "random";
  }
  return {};
}

admin::MemberCounterValues counters_of(const DataLoops& loops, http::MemberId id) {
  admin::MemberCounterValues sum;
  for (const http::DataLoop* loop : loops.loops()) {
    if (const http::MemberStats* stats = loop->member_stats(id)) sum.add(*stats);
  }
  return sum;
}

template <typename Key>
double rate_of(const std::map<Key, Rate>& rates, const Key& key) {
  const auto found = rates.find(key);
  return found == rates.end() ? 0.0 : found->second.per_second();
}

}  // namespace

void StatusSource::fill(const StatusInputs& inputs, Instant now, admin::Status& status) const {
  status.name = inputs.config.name;
  status.plan_generation = inputs.plan.generation;
  status.log_written = inputs.log.written.load(std::memory_order_relaxed);
  status.log_lost = inputs.log.lost.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < inputs.loops.count(); ++i) status.loops.push_back(loop_status(inputs.loops, i, now));
  for (const http::PoolPlan& pool : inputs.plan.pools) status.pools.push_back(pool_status(inputs, pool, now));
}

admin::LoopStatus StatusSource::loop_status(const DataLoops& loops, std::uint32_t index, Instant now) const {
  const http::LoopStats& stats = loops.loops()[index]->stats();
  admin::LoopStatus status;
  status.index = index;
  status.beat_age = std::max(now - loops.beat_of(index), Duration::zero());
  status.requests_per_second = rate_of(loop_rates_, index);
  status.counters.add(stats);
  for (std::size_t i = 0; i < status.latency.buckets.size(); ++i) status.latency.buckets[i] = stats.latency.bucket(i);
  status.latency.total_us = stats.latency.total_us();
  return status;
}

admin::PoolStatus StatusSource::pool_status(const StatusInputs& inputs, const http::PoolPlan& plan, Instant now) const {
  admin::PoolStatus status;
  status.name = plan.name;
  status.balance = text_of(plan.balance);
  if (const auto* health = inputs.health.find_pool(plan.name)) status.fail_open = health->fail_open();
  for (const http::MemberPlan& member : plan.members) {
    status.members.push_back(member_status(inputs, plan, member, now));
    status.requests_per_second += status.members.back().requests_per_second;
  }
  return status;
}

admin::MemberStatus StatusSource::member_status(const StatusInputs& inputs, const http::PoolPlan& pool,
                                                const http::MemberPlan& plan, Instant now) const {
  const std::string key = check::member_key(pool.name, plan.name);
  admin::MemberStatus status;
  status.name = plan.name;
  status.address = text_of(plan.address);
  status.usable = plan.usable && !plan.drained;
  status.drained = plan.drained;
  status.backup = plan.backup;
  status.slow_start = plan.warm_since != Instant{} && now - plan.warm_since < pool.slow_start;
  status.weight = plan.weight;
  status.requests_per_second = rate_of(member_rates_, plan.id);
  status.counters = counters_of(inputs.loops, plan.id);
  if (const config::Pool* file_pool = inputs.config.find_pool(pool.name)) {
    for (const config::Member& member : file_pool->members) {
      if (member.name == plan.name && member.weight != plan.weight) status.file_weight = member.weight;
    }
  }
  const auto* pool_health = inputs.health.find_pool(pool.name);
  if (const auto* health = pool_health == nullptr ? nullptr : pool_health->find(key)) {
    status.state = core::health::to_string(health->state());
    status.reason = health->judgement().reason;
    status.since = std::max(now - health->judgement().since, Duration::zero());
  }
  if (const check::LastCheck* last = inputs.health.last_check(key)) {
    status.check = {.passed = last->result == core::health::CheckResult::Passed,
                    .detail = last->detail,
                    .took = last->took,
                    .ago = std::max(now - last->ended, Duration::zero())};
  }
  return status;
}

void StatusSource::sample(const http::Plan& plan, const DataLoops& loops, Instant now) {
  for (std::uint32_t i = 0; i < loops.count(); ++i) {
    loop_rates_[i].sample(now, loops.loops()[i]->stats().requests.get());
  }
  std::map<http::MemberId, Rate> rates;  // of members that are still there
  for (const http::PoolPlan& pool : plan.pools) {
    for (const http::MemberPlan& member : pool.members) {
      Rate& rate = rates[member.id];
      if (const auto known = member_rates_.find(member.id); known != member_rates_.end()) rate = known->second;
      rate.sample(now, counters_of(loops, member.id).get(&http::MemberStats::requests));
    }
  }
  member_rates_ = std::move(rates);
}

}  // namespace stead::worker
