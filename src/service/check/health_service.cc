#include "service/check/health_service.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "net/clock.h"

namespace stead::service::check {

using core::health::CheckDepth;
using core::health::MemberRecord;
using core::health::MemberSpec;
using core::health::PoolHealth;
using core::health::Rules;

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

CheckDepth depth_of(config::CheckKind kind) {
  switch (kind) {
    case config::CheckKind::None:
      return CheckDepth::None;
    case config::CheckKind::Tcp:
      return CheckDepth::Connect;
    case config::CheckKind::Http:
      return CheckDepth::Answer;
  }
  return CheckDepth::None;
}

Rules rules_of(const config::Pool& pool) {
  return {.check = depth_of(pool.check.kind),
          .every = pool.check.every,
          .every_fast = pool.check.every_fast,
          .timeout = pool.check.timeout,
          .rise = pool.check.rise,
          .fall = pool.check.fall,
          .eject_after = pool.eject_after,
          .eject_for = pool.eject_for,
          .slow_start = pool.slow_start};
}

std::vector<MemberSpec> specs_of(const config::Pool& pool) {
  std::vector<MemberSpec> specs;
  for (const config::Member& member : pool.members) {
    specs.push_back({.key = member_key(pool.name, member.name), .weight = member.weight, .backup = member.backup});
  }
  return specs;
}

}  // namespace

std::string member_key(std::string_view pool, std::string_view member) {
  return std::string(pool) + "/" + std::string(member);
}

HealthService::HealthService(boost::asio::io_context& loop, HealthHooks hooks, std::uint64_t seed)
    : hooks_(std::move(hooks)),
      seed_(seed),
      runner_(
          loop, [this](const std::string& key, const ProbeReport& report) { on_check_done(key, report); },
          [this](const std::string& message) { hooks_.complain(message); }),
      timer_(loop) {}

HealthService::~HealthService() = default;

void HealthService::configure(const config::Config& config) {
  const Instant now = net::steady_now();
  std::set<std::string> pool_names;
  std::map<std::string, MemberInfo> members;
  for (const config::Pool& pool : config.pools) {
    pool_names.insert(pool.name);
    for (const config::Member& member : pool.members) {
      const std::string key = member_key(pool.name, member.name);
      const auto known = members_.find(key);
      MemberInfo info = known == members_.end() ? MemberInfo{} : known->second;
      info.pool = pool.name;
      info.host = pool.check.host.empty() ? member.name : pool.check.host;
      members.emplace(key, std::move(info));
    }
    const auto place = pools_.try_emplace(pool.name, Pool{pool.check, PoolHealth(rules_of(pool), seed_++)}).first;
    place->second.check = pool.check;
    place->second.health.configure(now, rules_of(pool), specs_of(pool));
  }
  for (const auto& [key, info] : members_) {
    if (!members.contains(key)) runner_.cancel(key);
  }
  std::erase_if(pools_, [&](const auto& entry) { return !pool_names.contains(entry.first); });
  members_ = std::move(members);
  for (auto& [name, pool] : pools_) perform(name, pool);
  arm_timer();
}

void HealthService::restore(const std::vector<MemberRecord>& records) {
  std::map<std::string, std::vector<MemberRecord>> by_pool;
  for (const MemberRecord& record : records) {
    const auto member = members_.find(record.key);
    if (member != members_.end()) by_pool[member->second.pool].push_back(record);
  }
  for (auto& [name, pool_records] : by_pool) {
    Pool& pool = pools_.at(name);
    pool.health.restore(net::steady_now(), pool_records);
    perform(name, pool);
  }
  arm_timer();
}

void HealthService::set_address(const std::string& key, Address address) {
  const auto found = members_.find(key);
  if (found == members_.end()) return;
  MemberInfo& member = found->second;
  member.address = std::move(address);
  member.address_known = true;
  if (const auto timeout = std::exchange(member.waiting_check, std::nullopt)) {
    start_check({.member = key, .timeout = *timeout});
  }
}

void HealthService::handle_outcome(const std::string& pool_name, const std::string& key, core::health::OutcomeKind kind,
                                   std::uint32_t count) {
  const auto pool = pools_.find(pool_name);
  if (pool == pools_.end()) return;  // of a plan before the last reload
  pool->second.health.handle_outcome(net::steady_now(), key, kind, count);
  perform(pool_name, pool->second);
  arm_timer();
}

template <typename Command>
bool HealthService::command(const std::string& pool_name, const Command& command) {
  const auto pool = pools_.find(pool_name);
  if (pool == pools_.end() || !command(pool->second.health)) return false;
  perform(pool_name, pool->second);
  arm_timer();
  hooks_.state_changed();
  return true;
}

bool HealthService::drain(const std::string& pool_name, const std::string& key) {
  return command(pool_name, [&](PoolHealth& health) { return health.drain(net::steady_now(), key); });
}

bool HealthService::ready(const std::string& pool_name, const std::string& key) {
  return command(pool_name, [&](PoolHealth& health) { return health.ready(net::steady_now(), key); });
}

bool HealthService::set_weight(const std::string& pool_name, const std::string& key,
                               std::optional<std::uint32_t> weight) {
  return command(pool_name, [&](PoolHealth& health) { return health.set_weight(net::steady_now(), key, weight); });
}

const PoolHealth* HealthService::find_pool(const std::string& pool) const {
  const auto found = pools_.find(pool);
  return found == pools_.end() ? nullptr : &found->second.health;
}

const LastCheck* HealthService::last_check(const std::string& key) const {
  const auto found = members_.find(key);
  return found == members_.end() || !found->second.last_check ? nullptr : &*found->second.last_check;
}

std::vector<MemberRecord> HealthService::snapshot() const {
  std::vector<MemberRecord> records;
  for (const auto& [name, pool] : pools_) {
    for (MemberRecord& record : pool.health.snapshot()) records.push_back(std::move(record));
  }
  return records;
}

void HealthService::perform(const std::string& name, Pool& pool) {
  while (const auto action = pool.health.poll_action()) {
    std::visit(
        Overloaded{
            [&](const core::health::StartCheck& start) { start_check(start); },
            [&](const core::health::CancelCheck& cancel) { runner_.cancel(cancel.member); },
            [&](const core::health::AvailabilityChanged&) {
              hooks_.availability_changed();
              hooks_.state_changed();
            },
            [&](const core::health::Event& event) {
              hooks_.event(event.member, event);
              hooks_.state_changed();
            },
            [&](const core::health::FailOpenChanged& change) { hooks_.fail_open_changed(name, change.fail_open); },
        },
        *action);
  }
}

void HealthService::start_check(const core::health::StartCheck& action) {
  const auto found = members_.find(action.member);
  if (found == members_.end()) return;
  MemberInfo& member = found->second;
  if (!member.address_known) {
    member.waiting_check = action.timeout;
    return;
  }
  runner_.start({.key = action.member,
                 .address = member.address,
                 .check = pools_.at(member.pool).check,
                 .host = member.host,
                 .timeout = action.timeout});
}

void HealthService::on_check_done(const std::string& key, const ProbeReport& report) {
  const auto member = members_.find(key);
  if (member == members_.end()) return;
  const Instant now = net::steady_now();
  member->second.last_check = LastCheck{*report.result, report.detail, report.took, now};
  const auto pool = pools_.find(member->second.pool);
  if (pool == pools_.end()) return;
  pool->second.health.handle_check_result(now, key, *report.result);
  perform(pool->first, pool->second);
  arm_timer();
}

void HealthService::arm_timer() {
  Instant next = Instant::max();
  for (const auto& [name, pool] : pools_) {
    if (const auto timeout = pool.health.next_timeout()) next = std::min(next, *timeout);
  }
  if (next == armed_for_) return;
  armed_for_ = next;
  if (next == Instant::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::max(next - net::steady_now(), Duration::zero()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void HealthService::on_timer() {
  armed_for_ = Instant::max();
  const Instant now = net::steady_now();
  for (auto& [name, pool] : pools_) {
    const auto timeout = pool.health.next_timeout();
    if (!timeout || *timeout > now) continue;
    pool.health.handle_timeout(now);
    perform(name, pool);
  }
  arm_timer();
}

}  // namespace stead::service::check
