#include "sim/vrrp/witness_scenario.h"

#include <algorithm>
#include <array>
#include <iostream>

namespace stead::sim::vrrp {

using core::vrrp::Voter;

WitnessScenario::WitnessScenario(std::uint64_t seed, bool verbose) : world_(seed), verbose_(verbose) {
  make_machines();
}

void WitnessScenario::make_machines() {
  static constexpr std::array<Duration, 4> kIntervals = {10ms, 20ms, 100ms, 1s};
  interval_ = kIntervals.at(any(4));
  delay_ = interval_ / 50;
  jitter_ = interval_ / 50;
  nodes_ = world_.chance(0.75) ? 2 : 3;
  network_.emplace(world_, nodes_ + 1, delay_, interval_);
  const WitnessedNode::Sending sending{
      .advert =
          [this](std::size_t from, std::uint8_t priority) {
            const core::vrrp::Heard advert{
                .source = machines_[from]->config().source, .priority = priority, .interval = interval_};
            network_->send(from, [this, advert](std::size_t to) { machines_[to]->deliver(advert); });
          },
      .ballot =
          [this](std::size_t from, std::size_t to, const WitnessedNode::Ballot& ballot) {
            network_->send_to(from, to, [this, from, ballot](std::size_t at) { machines_[at]->deliver(from, ballot); });
          }};
  for (std::size_t i = 0; i <= nodes_; ++i) {
    core::vrrp::RouterConfig config;
    config.interval = interval_;
    config.priority = static_cast<std::uint8_t>(254 - i);
    config.source = IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(11 + i));
    config.needs_permission = true;
    machines_.push_back(std::make_unique<WitnessedNode>(world_, i, nodes_, config, jitter_, sending,
                                                        [this](const std::string& line) { tell(line); }));
  }
}

void WitnessScenario::tell(const std::string& line) const {
  if (!verbose_) return;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(world_.now() - Instant{1'000s}).count();
  std::cout << "  " << static_cast<double>(micros) / 1000.0 << " ms  " << line << "\n";
}

Counts WitnessScenario::counts() const {
  Counts all = counts_;
  all.adverts = network_->counts().sent;
  all.lost = network_->counts().lost;
  all.repeated = network_->counts().repeated;
  all.changes = changes();
  return all;
}

void WitnessScenario::run() {
  for (const auto& one : machines_) {
    world_.after(world_.between(Duration{0}, 2 * interval_), [machine = one.get()] { machine->start(); });
  }
  settle(advert_takes());
  require_best("after the start the preferred node is the owner");
  for (int act = 0; act < 4; ++act) {
    one_fault();
    ++counts_.faults;
    mend();
    settle(vote_lasts());
    require_best("when all is well the preferred node is the owner");
    stop_in_order(world_.chance(0.5));
    mend();
    settle(vote_lasts());
    require_best("after a stop in order, and a start, the preferred node is the owner");
    several_faults();
    mend();
    settle(vote_lasts());
    require_best("after several faults the preferred node is the owner");
  }
}

// What it may move, and for how long two may own the address, depends on the fault.
void WitnessScenario::one_fault() {
  const std::uint64_t before = changes();
  const std::size_t machine = any(nodes_ + 1);
  const std::size_t other = (machine + 1 + any(nodes_)) % (nodes_ + 1);
  const bool was_owner = machine == owner();
  bool quiet = !was_owner;
  Duration overlap = advert_takes();
  switch (any(9)) {
    case 0:
      tell(machines_[machine]->name() + " and " + machines_[other]->name() + " do not hear each other");
      cut(machine, other, true);
      quiet = nodes_ == 2;
      break;
    case 1:
      tell(machines_[machine]->name() + " is not heard by " + machines_[other]->name());
      cut(machine, other, false);
      quiet = nodes_ == 2;
      break;
    case 2:
      tell(machines_[machine]->name() + " is cut off");
      cut_all_of(machine, true, true);
      break;
    case 3:
      tell(machines_[machine]->name() + " is mute");
      cut_all_of(machine, false, true);
      overlap = vote_lasts();
      break;
    case 4:
      tell(machines_[machine]->name() + " is deaf");
      cut_all_of(machine, true, false);
      overlap = vote_lasts();
      break;
    case 5:
      tell(machines_[machine]->name() + " crashes");
      machines_[machine]->crash();
      break;
    case 6:
      tell("the witness is started again");
      machines_.back()->crash();
      machines_.back()->start();
      quiet = true;
      break;
    case 7:
      tell("the nodes do not hear each other, and then the witness is started again");
      cut(0, 1, true);
      settle(overlap);
      machines_.back()->crash();
      machines_.back()->start();
      quiet = nodes_ == 2;
      break;
    default: {
      const Duration time = world_.between(interval_, 15 * interval_);
      tell(machines_[machine]->name() + " stands still for " + std::to_string(to_ms(time)) + " ms");
      machines_[machine]->stall(time);
      quiet = false;
      pass(time, overlap);
    }
  }
  settle(overlap);
  require_owners(1, "a while after one fault there is one owner");
  if (quiet) {
    const auto moved = changes() - before;
    world_.require(moved == 0, "what does not concern the owner moves nothing", owners());
  }
}

void WitnessScenario::stop_in_order(bool witness_dead) {
  if (witness_dead) {
    tell("the witness crashes");
    machines_.back()->crash();
    settle(advert_takes());
  }
  const std::size_t first = owner();
  tell(machines_[first]->name() + " is stopped");
  ++counts_.handovers;
  machines_[first]->stop();
  owned_always_ = true;
  settle(advert_takes());
  world_.require(owned_always_, "a stop in order leaves no moment without an owner", owners());
  require_owners(1, "after a stop in order there is one owner");
  world_.require(!machines_[first]->alive(), "who was stopped has ended", owners());
}

void WitnessScenario::several_faults() {
  ++counts_.partitions;
  for (std::uint32_t i = 2 + world_.random().below(4); i > 0; --i) {
    const std::size_t machine = any(nodes_ + 1);
    switch (any(7)) {
      case 6:
        tell("links lose packets");
        network_->lose_some();
        break;
      case 0:
        tell(machines_[machine]->name() + " crashes");
        machines_[machine]->crash();
        break;
      case 1:
        tell(machines_[machine]->name() + " is started");
        machines_[machine]->start();
        break;
      case 2:
        tell("one link is cut");
        cut(machine, (machine + 1 + any(nodes_)) % (nodes_ + 1), true);
        break;
      case 3:
        tell(machines_[machine]->name() + " is cut off");
        cut_all_of(machine, true, true);
        break;
      case 4:
        tell("the network is mended");
        network_->mend();
        break;
      default:
        tell(machines_[machine]->name() + " stands still");
        machines_[machine]->stall(world_.between(interval_, 10 * interval_));
    }
    pass(world_.between(Duration{0}, 8 * interval_), 2 * vote_lasts());
  }
}

void WitnessScenario::cut(std::size_t one, std::size_t other, bool both_ways) {
  network_->link(one, other).cut = true;
  if (both_ways) network_->link(other, one).cut = true;
}

void WitnessScenario::cut_all_of(std::size_t machine, bool to, bool from) {
  for (std::size_t other = 0; other <= nodes_; ++other) {
    if (to) network_->link(other, machine).cut = true;
    if (from) network_->link(machine, other).cut = true;
  }
}

void WitnessScenario::mend() {
  tell("all is mended");
  network_->mend();
  for (const auto& one : machines_) one->start();
  pass(16 * interval_, 2 * vote_lasts());
}

Duration WitnessScenario::vote_lasts() const { return Voter::held_for(interval_) + advert_takes(); }

void WitnessScenario::pass(Duration time, Duration longest_overlap) {
  const Instant end = world_.now() + time;
  Instant last_single = world_.now();
  while (world_.now() < end) {
    world_.run_until(std::min(end, world_.now() + interval_ / 100));
    const auto owning = std::ranges::count_if(machines_, [](const auto& one) { return one->owns(); });
    if (owning == 0) owned_always_ = false;
    if (owning <= 1) last_single = world_.now();
    world_.require(world_.now() - last_single <= longest_overlap + interval_ / 100,
                   "two nodes own the address for no longer than may be", owners());
  }
}

std::size_t WitnessScenario::owner() const {
  const auto found = std::ranges::find_if(machines_, [](const auto& one) { return one->owns(); });
  world_.require(found != machines_.end(), "there is an owner", owners());
  return static_cast<std::size_t>(found - machines_.begin());
}

void WitnessScenario::require_owners(std::size_t count, const char* promise) {
  const auto owning = std::ranges::count_if(machines_, [](const auto& one) { return one->owns(); });
  world_.require(static_cast<std::size_t>(owning) == count, promise, owners());
}

void WitnessScenario::require_best(const char* promise) {
  require_owners(1, promise);
  world_.require(machines_.front()->owns(), promise, owners());
}

std::uint64_t WitnessScenario::changes() const {
  std::uint64_t all = 0;
  for (const auto& one : machines_) all += one->changes();
  return all;
}

std::string WitnessScenario::owners() const {
  std::string text;
  for (const auto& one : machines_) {
    if (one->active()) text += (text.empty() ? "" : ", ") + one->name();
  }
  return text.empty() ? "nobody" : text;
}

}  // namespace stead::sim::vrrp
