#include "sim/vrrp/spread_scenario.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

namespace stead::sim::vrrp {

SpreadScenario::SpreadScenario(std::uint64_t seed, bool verbose) : world_(seed), verbose_(verbose) {
  static constexpr std::array<Duration, 3> kIntervals = {20ms, 100ms, 1s};
  interval_ = kIntervals.at(world_.random().below(3));
  delay_ = interval_ / 100;
  jitter_ = interval_ / 100;
  addresses_ = 1 + world_.random().below(8);
  const std::size_t count = 2 + world_.random().below(5);
  network_.emplace(world_, count, delay_, interval_);
  for (std::size_t i = 0; i < count; ++i) {
    core::vrrp::RouterConfig router{.interval = interval_, .source = {}};
    router.source = IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(11 + i));
    nodes_.push_back(std::make_unique<SpreadNode>(
        world_,
        SpreadNode::Setup{.index = i, .nodes = count, .addresses = addresses_, .router = router, .jitter = jitter_},
        [this](std::size_t from, std::size_t address, std::uint8_t priority) { send(from, address, priority); }));
  }
}

void SpreadScenario::send(std::size_t from, std::size_t address, std::uint8_t priority) {
  const core::vrrp::Heard advert{.source = nodes_[from]->config().source, .priority = priority, .interval = interval_};
  network_->send(from, [this, address, advert](std::size_t to) { nodes_[to]->deliver(address, advert); });
}

Counts SpreadScenario::counts() const {
  Counts all = counts_;
  all.adverts = network_->counts().sent;
  all.lost = network_->counts().lost;
  all.repeated = network_->counts().repeated;
  all.changes = takeovers();
  return all;
}

void SpreadScenario::tell(const std::string& line) const {
  if (!verbose_) return;
  std::cout << "  " << to_ms(world_.now() - Instant{1'000s}) << " ms  " << line << "  [" << picture() << "]\n";
}

void SpreadScenario::run() {
  for (const auto& node : nodes_) {
    world_.after(world_.between(Duration{0}, 10 * interval_), [one = node.get()] { one->start(); });
  }
  settle();
  require_shared("after the start the addresses are shared");
  for (int act = 0; act < 3; ++act) {
    trouble();
    mend();
    settle();
    require_shared("when all is well the addresses are shared");
    require_quiet();
    one_dies();
    part_and_rejoin();
    settle();
    require_shared("after a partition the addresses are shared");
    hand_over();
  }
}

void SpreadScenario::trouble() {
  const std::uint32_t faults = 1 + world_.random().below(15);
  for (std::uint32_t i = 0; i < faults; ++i) {
    one_fault();
    ++counts_.faults;
    world_.run_until(world_.now() + world_.between(Duration{0}, 8 * interval_));
  }
}

void SpreadScenario::one_fault() {
  SpreadNode& node = any_node();
  switch (world_.random().below(8)) {
    case 0:
      tell(node.name() + " crashes");
      return node.crash();
    case 1:
      tell(node.name() + " is started");
      return node.start();
    case 2:
      tell(node.name() + " stalls");
      return node.stall(world_.between(interval_, 15 * interval_));
    case 3:
      tell("one node does not hear another");
      return network_->cut_one_way();
    case 4:
      tell("links lose packets");
      return network_->lose_some();
    case 5:
      tell(node.name() + " is out, or in again");
      return node.set_fit(world_.chance(0.5));
    case 6:
      tell(node.name() + " is told to hand over");
      return node.hand_over();
    default:
      tell(node.name() + " is told to take part again");
      return node.take_back();
  }
}

void SpreadScenario::mend() {
  tell("all is mended");
  network_->mend();
  for (const auto& node : nodes_) {
    node->start();
    node->take_back();
    node->set_fit(true);
  }
}

void SpreadScenario::one_dies() {
  SpreadNode& node = any_node();
  const std::size_t lost = node.share();
  const bool all_known = std::ranges::all_of(nodes_, [](const auto& one) { return one->share() > 0; });
  const std::uint64_t before = takeovers();
  tell(node.name() + " dies, and all is well");
  node.crash();
  settle();
  require_shared("when a node has died, the others share its addresses");
  const std::uint64_t moved = takeovers() - before;
  const bool few = nodes_.size() == 2 || all_known;
  world_.require(!few || moved == lost, "when a node dies, its addresses move, once, and no other does",
                 std::to_string(moved) + " moves for " + std::to_string(lost) + " addresses; " + picture());
  node.start();
  settle();
  require_shared("a node that returns has its share");
}

void SpreadScenario::hand_over() {
  SpreadNode& node = any_node();
  ++counts_.handovers;
  tell(node.name() + " is told to hand over, and all is well");
  node.hand_over();
  const Instant end = world_.now() + 10 * interval_;
  while (world_.now() < end) {
    world_.run_until(world_.now() + interval_ / 20);
    for (std::size_t address = 0; address < addresses_; ++address) {
      world_.require(owners_of(address) >= 1, "a handover leaves no address without an owner", picture());
    }
  }
  world_.require(node.share() == 0, "who was told to hand over has done so", picture());
  node.take_back();
  settle();
  require_shared("a node that was told to take part again has its share");
}

void SpreadScenario::part_and_rejoin() {
  ++counts_.partitions;
  network_->part();
  tell("the network parts");
  settle();
  network_->mend();
  tell("the network is one again");
  world_.run_until(world_.now() + interval_ + delay_ + jitter_ + 1us);
  for (std::size_t address = 0; address < addresses_; ++address) {
    world_.require(owners_of(address) <= 1, "who see each other again have one owner within one interval", picture());
  }
}

// Stalls that are under way, and for each node that returns with nothing, and claims, a takeover in order.
void SpreadScenario::settle() {
  const auto takeovers = static_cast<Duration::rep>(nodes_.size() + 2);
  world_.run_until(world_.now() + 16 * interval_ + takeovers * 5 * interval_);
}

void SpreadScenario::require_shared(const char* promise) {
  for (std::size_t address = 0; address < addresses_; ++address) {
    world_.require(owners_of(address) == 1, promise, picture());
  }
  std::size_t least = addresses_;
  std::size_t most = 0;
  for (const auto& node : nodes_) {
    if (!node->alive()) continue;
    least = std::min(least, node->share());
    most = std::max(most, node->share());
  }
  world_.require(most - least <= 1, promise, picture());
}

void SpreadScenario::require_quiet() {
  const std::uint64_t before = takeovers();
  world_.run_until(world_.now() + 20 * interval_);
  world_.require(takeovers() == before, "while all is well nothing moves", picture());
}

std::size_t SpreadScenario::owners_of(std::size_t address) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(nodes_, [&](const auto& node) { return node->active(address); }));
}

std::uint64_t SpreadScenario::takeovers() const {
  std::uint64_t all = 0;
  for (const auto& node : nodes_) all += node->takeovers();
  return all;
}

SpreadNode& SpreadScenario::any_node() {
  return *nodes_[world_.random().below(static_cast<std::uint32_t>(nodes_.size()))];
}

std::string SpreadScenario::picture() const {
  std::string text;
  for (const auto& node : nodes_) {
    text += (text.empty() ? "" : ", ") + node->name() + ":";
    if (!node->alive()) text += " dead";
    for (std::size_t address = 0; address < addresses_; ++address) {
      if (node->active(address)) text += " " + std::to_string(address);
    }
  }
  return text;
}

}  // namespace stead::sim::vrrp
