#include "sim/scenario.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

namespace stead::sim {

Scenario::Scenario(std::uint64_t seed, bool verbose)
    : world_(seed),
      verbose_(verbose),
      witness_(world_),
      control_(world_, witness_, counts_, [this](std::shared_ptr<const View> view) { publish(std::move(view)); }) {
  build();
}

void Scenario::run() {
  arrange_arrivals();
  arrange_misfortune();
  const Instant trouble_ends = world_.now() + kMisfortune;
  world_.run_until(trouble_ends);
  heal_everything();
  // The latest anyone may be put out for a sin of the past, and then stay away.
  const Duration longest_term = core::health::Rules::kLongestEjection * rules_.eject_for;
  world_.run_until(world_.now() + Witness::kStale + core::health::longest_return(rules_, longest_term));
  require_calm();
}

void Scenario::build() {
  Random& random = world_.random();
  choose_rules();
  last_is_backup_ = world_.chance(0.2);
  requests_per_second_ = world_.chance(0.2) ? 1.0 : 10.0 + 50.0 * random.unit();
  constexpr core::balance::Algorithm kAlgorithms[] = {
      core::balance::Algorithm::RoundRobin, core::balance::Algorithm::LeastRequest, core::balance::Algorithm::Random};
  const core::balance::Algorithm algorithm = kAlgorithms[random.below(3)];
  for (std::uint32_t index = 0, count = 1 + random.below(3); index < count; ++index) {
    loops_.push_back(std::make_unique<DataLoop>(
        world_, witness_, counts_, index, algorithm,
        [this](const std::vector<Outcome>& outcomes) { control_.handle_outcomes(outcomes); }));
  }
  for (std::uint32_t count = 1 + random.below(5); count > 0; --count) add_server();
  configure();
}

void Scenario::choose_rules() {
  Random& random = world_.random();
  using core::health::CheckDepth;
  rules_.check = world_.chance(0.15) ? CheckDepth::None : world_.chance(0.3) ? CheckDepth::Connect : CheckDepth::Answer;
  rules_.every = world_.between(300ms, 2s);
  rules_.every_fast = world_.between(50ms, 300ms);
  rules_.timeout = world_.between(200ms, 1s);
  rules_.rise = 1 + random.below(3);
  rules_.fall = 1 + random.below(4);
  rules_.eject_after = 3 + random.below(5);
  rules_.eject_for = world_.between(200ms, 1s);
  rules_.slow_start = world_.chance(0.5) ? DataLoop::kSlowStart : Duration{0};
}

void Scenario::add_server() {
  constexpr Duration kTimeouts[] = {1s, 2s, 5s, 60s};
  const KeepAlive keep_alive{.timeout = kTimeouts[world_.random().below(4)],
                             .announced = world_.chance(0.3),
                             .early_close = world_.chance(0.3) ? 0.3 * world_.random().unit() : 0.0};
  Server* server = servers_
                       .emplace_back(std::make_unique<Server>(
                           world_, "app-" + std::to_string(servers_.size() + 1) + ":8000", keep_alive,
                           [this, number = servers_.size()](RequestId request) {
                             witness_.see_execution(*servers_[number], request);
                           }))
                       .get();
  members_.push_back(server);
}

void Scenario::configure() { control_.configure(rules_, members_, last_is_backup_); }

void Scenario::publish(std::shared_ptr<const View> view) {
  world_.after(500us, [this, view = std::move(view)] {
    for (const auto& loop : loops_) loop->set_view(view);
  });
}

// Poisson arrivals, an open loop: clients don't wait for one another. Some send the next request as soon as they have
// an answer, which finds connections that have just been put back, or are just being closed.
void Scenario::arrange_arrivals() {
  const double seconds = -std::log(1.0 - world_.random().unit()) / requests_per_second_;
  world_.after(Duration{static_cast<Duration::rep>(seconds * 1e9)}, [this] {
    arrive();
    if (world_.chance(0.3)) world_.after(world_.between(0ms, Server::kLongestAnswer), [this] { arrive(); });
    arrange_arrivals();
  });
}

void Scenario::arrive() {
  const std::uint32_t dice = world_.random().below(10);
  const auto loop = world_.random().below(static_cast<std::uint32_t>(loops_.size()));
  loops_[loop]->handle_request(next_request_++, dice < 6 ? "GET" : dice < 7 ? "PUT" : "POST");
}

void Scenario::arrange_misfortune() {
  world_.after(world_.between(200ms, 6s), [this] {
    if (!misfortune_) return;
    strike();
    arrange_misfortune();
  });
}

void Scenario::strike() {
  ++counts_.faults;
  const std::uint32_t dice = world_.random().below(20);
  if (dice < 14) return strike_server();
  if (dice < 16) return reload();
  if (dice < 18) return drain_for_a_while();
  tell("the worker is replaced");
  control_.replace_worker();
}

void Scenario::strike_server() {
  constexpr Condition kFaults[] = {Condition::Dead,   Condition::Dead, Condition::CutOff, Condition::Frozen,
                                   Condition::Frozen, Condition::Slow, Condition::Broken, Condition::Erroring};
  Server& server = *members_[world_.random().below(static_cast<std::uint32_t>(members_.size()))];
  const Condition fault = kFaults[world_.random().below(std::size(kFaults))];
  set_condition(server, fault);
  // One in four flaps: comes and goes, faster than anybody can judge.
  if (world_.chance(0.25)) {
    Duration when{};
    for (int i = 0; i < 6; ++i) {
      when += world_.between(50ms, 1500ms);
      const Condition next = i % 2 == 0 ? Condition::Healthy : fault;
      world_.after(when, [this, &server, next] { set_condition(server, misfortune_ ? next : Condition::Healthy); });
    }
  }
  world_.after(world_.between(300ms, 15s), [this, &server] { set_condition(server, Condition::Healthy); });
}

void Scenario::set_condition(Server& server, Condition condition) {
  if (server.condition() == condition) return;
  tell(server.name() + " is " + std::string(to_string(condition)));
  server.set_condition(condition);
  witness_.see_condition(server);
}

// Members come and go, and numbers change.
void Scenario::reload() {
  tell("a reload");
  if (members_.size() > 1 && world_.chance(0.5)) {
    members_.erase(members_.begin() + world_.random().below(static_cast<std::uint32_t>(members_.size())));
  }
  if (members_.size() < 6 && world_.chance(0.5)) add_server();
  if (world_.chance(0.5)) std::ranges::rotate(members_, members_.begin() + 1);
  rules_.every = world_.between(300ms, 2s);
  configure();
}

void Scenario::drain_for_a_while() {
  const Server& server = *members_[world_.random().below(static_cast<std::uint32_t>(members_.size()))];
  tell(server.name() + " is drained");
  control_.drain(server.name());
  world_.after(world_.between(100ms, 5s), [this, &server] {
    tell(server.name() + " is ready");
    control_.ready(server.name());
  });
}

void Scenario::heal_everything() {
  misfortune_ = false;
  tell("everything heals");
  for (const auto& server : servers_) set_condition(*server, Condition::Healthy);
  for (const Server* server : members_) control_.ready(server->name());
}

void Scenario::require_calm() {
  for (const Server* server : members_) {
    const bool usable = control_.pool().find(server->name())->usable();
    world_.require(usable, "everything has healed, but a member is still out", server->name());
  }
  const std::uint64_t failed = counts_.failed_safe + counts_.failed_other;
  const std::uint64_t requests = counts_.requests;
  world_.run_until(world_.now() + kCalm);
  const std::uint64_t failures = counts_.failed_safe + counts_.failed_other - failed;
  world_.require(failures == 0, "everything has healed, but requests fail",
                 std::to_string(failures) + " of " + std::to_string(counts_.requests - requests));
  for (const auto& loop : loops_) {
    world_.require(loop->pending() < 10, "requests without an end", std::to_string(loop->pending()));
  }
}

void Scenario::tell(const std::string& what) const {
  if (verbose_) std::cout << "  " << to_ms(world_.now().time_since_epoch()) << " ms: " << what << "\n";
}

}  // namespace stead::sim
