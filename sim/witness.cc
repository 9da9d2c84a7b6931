#include "sim/witness.h"

#include <algorithm>
#include <utility>

namespace stead::sim {

using core::health::State;

void Witness::see_pool(const core::health::PoolHealth& pool, const core::health::Rules& rules,
                       const std::vector<Server*>& members, bool replaced) {
  pool_ = &pool;
  rules_ = rules;
  if (replaced) pool_since_ = world_.now();
  std::map<std::string, Standing, std::less<>> before = std::exchange(standings_, {});
  for (const Server* server : members) {
    const auto known = before.find(server->name());
    standings_[server->name()] = known != before.end()
                                     ? known->second
                                     : Standing{.server = server, .added = world_.now(), .since = world_.now()};
    before.erase(server->name());
    removed_.erase(server->name());
  }
  for (const auto& [name, standing] : before) removed_[name] = world_.now();
  for (const auto& [name, standing] : standings_) {
    const bool forgotten = !standing.serving && standing.added < world_.now() && pool.find(name)->usable();
    world_.require(!forgotten || standing.drained || !replaced, "a new worker has forgotten who was out", name);
  }
  see_availability();
  // Streaks of checks begin anew with a new worker or other rules.
  for (auto& [name, standing] : standings_) expect_return(standing);
}

void Witness::see_availability() {
  for (const core::health::Availability& member : pool_->availability()) {
    Standing& standing = standings_.at(member.member);
    const bool usable = pool_->find(member.member)->usable();
    const bool serving = usable && !member.drained && member.weight > 0;
    if (std::exchange(standing.serving, serving) != serving) standing.since = world_.now();
    if (std::exchange(standing.drained, member.drained) != member.drained) standing.drained_since = world_.now();
    if (usable) standing.expected_by = Instant::max();
  }
  require_returns();
}

void Witness::see_event(const core::health::Event& event) {
  see_availability();
  Standing& standing = standings_.at(event.member);
  const std::string who = event.member + ", " + event.reason;
  if (event.to == State::Ejected) {
    const bool left = std::ranges::any_of(standings_, [](const auto& entry) { return entry.second.serving; });
    world_.require(left, "the last member was ejected", who);
  }
  if (event.to != State::Ejected && event.to != State::Down) return;
  if (standing.server->condition() != Condition::Healthy) return;
  world_.require(standing.server->since() > world_.now() - kStale, "a healthy member was put out", who);
  if (event.from != State::Ejected) expect_return(standing);
}

void Witness::see_condition(const Server& server) {
  const auto standing = standings_.find(server.name());
  if (standing == standings_.end()) return;
  standing->second.expected_by = Instant::max();
  expect_return(standing->second);
}

void Witness::see_execution(const Server& server, RequestId request) {
  const auto unrepeatable = executions_.find(request);
  if (unrepeatable == executions_.end()) return;
  world_.require(++unrepeatable->second == 1, "an unrepeatable request was executed twice",
                 std::to_string(request) + " by " + server.name());
}

void Witness::see_request(std::uint32_t loop, const Request& request) {
  loops_[loop].requests.push_back(world_.now());
  if (request.repeatability == core::retry::Repeatability::Never) executions_[request.id] = 0;
}

void Witness::see_try(const Request& request, const Server& server) {
  world_.require(request.repeatability == core::retry::Repeatability::Safe || request.awaited.empty(),
                 "a request that is not safe is in two places", std::to_string(request.id));
  if (const auto gone = removed_.find(server.name()); gone != removed_.end()) {
    world_.require(!settled(gone->second), "a removed member got a request", server.name());
    return;
  }
  const Standing& standing = standings_.at(server.name());
  world_.require(!standing.drained || !settled(standing.drained_since), "a drained member got a request",
                 server.name());
  if (!another_serves(server)) return;
  world_.require(standing.serving || !settled(standing.since), "a member that is out got a request", server.name());
  if (server.condition() != Condition::Dead || rules_.check == core::health::CheckDepth::None) return;
  const Instant could_know = std::max({server.since(), standing.added, pool_since_});
  world_.require(world_.now() <= could_know + longest_detection(), "a dead member still gets requests", server.name());
}

// What was paid in these nine seconds by the share, was paid at the latest of those moments, for requests of at most
// the ten seconds before it; the floor gives its burst and three a second.
void Witness::see_spent(std::uint32_t loop_index) {
  Loop& loop = loops_[loop_index];
  loop.spent.push_back(world_.now());
  while (!loop.spent.empty() && loop.spent.front() <= world_.now() - 9s) loop.spent.pop_front();
  while (!loop.requests.empty() && loop.requests.front() <= world_.now() - 19s) loop.requests.pop_front();
  const double allowed = 0.2 * static_cast<double>(loop.requests.size()) + 10.0 + 9.0 * 3.0;
  world_.require(static_cast<double>(loop.spent.size()) <= allowed, "more retries than the budget allows",
                 "loop " + std::to_string(loop_index));
}

void Witness::see_failure(const Request& request, std::uint16_t status) {
  if (request.repeatability != core::retry::Repeatability::Safe || request.budget_refused) return;
  int good = 0;
  int troubled = 0;
  for (const auto& [name, standing] : standings_) {
    const bool well = standing.server->condition() == Condition::Healthy && standing.server->since() <= request.begun;
    troubled += well ? 0 : 1;
    good += well && standing.serving && standing.since <= request.begun - kNews ? 1 : 0;
  }
  world_.require(good == 0 || troubled > 1, "a safe request failed though only one member was in trouble",
                 std::to_string(request.id) + " with " + std::to_string(status));
}

bool Witness::another_serves(const Server& server) const {
  return std::ranges::any_of(standings_, [&](const auto& entry) {
    const Standing& standing = entry.second;
    return standing.server != &server && standing.serving && settled(standing.since);
  });
}

// A check that passed just before the death, then `fall` that fail, the first of which may wait for its timeout.
Duration Witness::longest_detection() const {
  const auto stretched = [](Duration interval) { return interval * 11 / 10; };
  return rules_.timeout + stretched(rules_.every) + rules_.fall * stretched(rules_.every_fast) + kNews;
}

void Witness::expect_return(Standing& standing) {
  const core::health::MemberHealth* health = pool_->find(standing.server->name());
  if (health->usable() || standing.server->condition() != Condition::Healthy) return;
  const Duration term_left = std::max(health->term_end().value_or(world_.now()) - world_.now(), Duration{0});
  standing.expected_by = world_.now() + core::health::longest_return(rules_, term_left) + 2 * Server::kTrip;
  world_.at(standing.expected_by + 1ms, [this] { require_returns(); });
}

void Witness::require_returns() const {
  for (const auto& [name, standing] : standings_) {
    world_.require(world_.now() <= standing.expected_by, "a healed member is not back in time", name);
  }
}

}  // namespace stead::sim
