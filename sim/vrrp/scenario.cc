#include "sim/vrrp/scenario.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <utility>

namespace stead::sim::vrrp {

using core::vrrp::Version;

void Counts::add(const Counts& other) {
  adverts += other.adverts;
  lost += other.lost;
  repeated += other.repeated;
  faults += other.faults;
  changes += other.changes;
  partitions += other.partitions;
  handovers += other.handovers;
}

Scenario::Scenario(std::uint64_t seed, bool verbose) : world_(seed), verbose_(verbose) { make_nodes(); }

void Scenario::make_nodes() {
  static constexpr std::array<Duration, 4> kIntervals = {10ms, 20ms, 100ms, 1s};
  Random& random = world_.random();
  common_.version = world_.chance(0.2) ? Version::V2 : Version::V3;
  common_.interval = common_.version == Version::V2 ? Duration(1s) : kIntervals.at(random.below(4));
  common_.preempt = world_.chance(0.8);
  // A local network and a machine that is not overloaded: what timers of 10 ms need.
  delay_ = common_.interval / 50;
  jitter_ = common_.interval / 50;
  const std::uint32_t count = 2 + random.below(6);
  const bool near_top = world_.chance(0.7);
  network_.emplace(world_, count, delay_, common_.interval);
  for (std::uint32_t i = 0; i < count; ++i) {
    core::vrrp::RouterConfig config = common_;
    config.priority = static_cast<std::uint8_t>(near_top ? 254 - i : 2 + random.below(252));
    config.source = IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(11 + i));
    nodes_.push_back(std::make_unique<Node>(
        world_, i, config, jitter_, [this](std::uint32_t from, std::uint8_t priority) { send(from, priority); },
        [this](const std::string& line) { tell(line); }));
  }
}

void Scenario::tell(const std::string& line) const {
  if (!verbose_) return;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(world_.now() - Instant{1'000s}).count();
  std::cout << "  " << static_cast<double>(micros) / 1000.0 << " ms  " << line << "\n";
}

void Scenario::send(std::uint32_t from, std::uint8_t priority) {
  const core::vrrp::Heard advert{
      .source = nodes_[from]->config().source, .priority = priority, .interval = common_.interval};
  network_->send(from, [this, advert](std::size_t to) { nodes_[to]->deliver(advert); });
}

Counts Scenario::counts() const {
  Counts all = counts_;
  all.adverts = network_->counts().sent;
  all.lost = network_->counts().lost;
  all.repeated = network_->counts().repeated;
  all.changes = changes();
  return all;
}

void Scenario::run() {
  for (const auto& node : nodes_) {
    world_.after(world_.between(Duration{0}, 2 * common_.interval), [one = node.get()] { one->start(); });
  }
  settle();
  require_one_owner("after the start there is one owner");
  for (int act = 0; act < 3; ++act) {
    trouble();
    mend();
    settle();
    require_one_owner("when all is well there is one owner");
    require_quiet(20 * common_.interval);
    stand_still();
    settle();
    part_and_rejoin();
    settle();
    hand_over();
    settle();
    require_one_owner("after a handover was taken back there is one owner");
  }
}

void Scenario::trouble() {
  const std::uint32_t faults = 1 + world_.random().below(20);
  for (std::uint32_t i = 0; i < faults; ++i) {
    one_fault();
    ++counts_.faults;
    world_.run_until(world_.now() + world_.between(Duration{0}, 8 * common_.interval));
  }
}

void Scenario::one_fault() {
  Node& node = any_node();
  switch (world_.random().below(8)) {
    case 0:
      tell(node.name() + " crashes");
      return node.crash();
    case 1:
      tell(node.name() + " is started");
      return node.start();
    case 2: {
      const Duration time = world_.between(common_.interval, 15 * common_.interval);
      tell(node.name() + " stalls for " + std::to_string(to_ms(time)) + " ms");
      return node.stall(time);
    }
    case 3:
      tell("one node does not hear another");
      return network_->cut_one_way();
    case 4:
      tell("links lose packets");
      return network_->lose_some();
    case 5:
      tell(node.name() + " is out, or in again");
      return node.set_priority(world_.chance(0.5) ? 0 : node.config().priority);
    case 6:
      tell(node.name() + " is told to hand over");
      return node.hand_over();
    default:
      tell(node.name() + " is told to take part again");
      return node.take_back();
  }
}

void Scenario::mend() {
  tell("all is mended");
  network_->mend();
  for (const auto& node : nodes_) {
    node->start();
    node->take_back();
    node->set_priority(node->config().priority);
  }
}

// Two sides that do not hear each other, until each has an owner; then together again.
void Scenario::part_and_rejoin() {
  ++counts_.partitions;
  network_->part();
  tell("the network parts");
  settle();
  network_->mend();
  tell("the network is one again");
  // Each owner says within an interval that it is there; who hears a better one yields at once.
  world_.run_until(world_.now() + common_.interval + delay_ + jitter_ + 1us);
  const auto active = std::ranges::count_if(nodes_, [](const auto& node) { return node->active(); });
  world_.require(active <= 1, "nodes that see each other again have one owner within one interval", owners());
}

void Scenario::hand_over() {
  const auto owner = std::ranges::find_if(nodes_, [](const auto& node) { return node->active(); });
  world_.require(owner != nodes_.end(), "there is an owner", owners());
  ++counts_.handovers;
  tell((*owner)->name() + " is told to hand over, and all is well");
  (*owner)->hand_over();
  const Instant end = world_.now() + longest_patience() + 2 * common_.interval;
  while (world_.now() < end) {
    world_.run_until(world_.now() + common_.interval / 20);
    const bool owned = std::ranges::any_of(nodes_, [](const auto& node) { return node->owns(); });
    world_.require(owned, "a handover leaves no moment without an owner", owners());
  }
  world_.require(!(*owner)->active(), "who was told to hand over has done so", (*owner)->name());
  (*owner)->take_back();
}

void Scenario::stand_still() {
  Node& node = any_node();
  const bool was_owner = node.active();
  const Duration lease = std::max<Duration>(3 * common_.interval + 1s, 2s);
  const Duration time = lease + world_.between(Duration{0}, 10 * common_.interval);
  tell(node.name() + " stands still for " + std::to_string(to_ms(time)) + " ms, interval " +
       std::to_string(to_ms(common_.interval)));
  const std::uint64_t before = changes();
  node.stall(time, world_.chance(0.5));
  const Instant thaw = world_.now() + time;
  world_.run_until(thaw - 1us);
  if (nodes_.size() > 1 && was_owner) {
    world_.require(!node.owns(), "the kernel takes the addresses of one that stands still", owners());
  }
  for (int step = 0; step < 200; ++step) {
    world_.run_until(world_.now() + common_.interval / 10);
    const auto owning = [this] { return std::ranges::count_if(nodes_, [](const auto& one) { return one->owns(); }); };
    // Whoever preempts has the addresses a moment before the other has heard of it.
    if (owning() > 1) world_.run_until(world_.now() + delay_ + 1us);
    world_.require(owning() <= 1, "who stood still does not become a second owner", owners());
  }
  world_.require(was_owner || changes() == before, "a backup that stood still takes nothing", owners());
}

// As long as it may take at most: stalls that are still under way, then two rounds of listening, a lease of the kernel.
void Scenario::settle() {
  Duration stalls{0};
  stalls = 16 * common_.interval;
  const Duration lease = std::max<Duration>(3 * common_.interval + 1s, 2s);
  world_.run_until(world_.now() + stalls + 3 * longest_patience() + lease);
}

Duration Scenario::longest_patience() const {
  Duration longest{0};
  for (const auto& node : nodes_) longest = std::max(longest, node->patience());
  // In the lowest priority, which it has while it hands over.
  return longest + (common_.version == Version::V2 ? Duration(1s) : common_.interval);
}

std::uint64_t Scenario::changes() const {
  std::uint64_t all = 0;
  for (const auto& node : nodes_) all += node->changes();
  return all;
}

std::string Scenario::owners() const {
  std::string text;
  for (const auto& node : nodes_) {
    if (node->active() || node->owns()) text += (text.empty() ? "" : ", ") + node->name();
  }
  return text.empty() ? "nobody" : text;
}

void Scenario::require_one_owner(const char* promise) {
  const auto active = std::ranges::count_if(nodes_, [](const auto& node) { return node->active(); });
  const auto owning = std::ranges::count_if(nodes_, [](const auto& node) { return node->owns(); });
  world_.require(active == 1 && owning == 1, promise, owners());
  if (!common_.preempt) return;
  const auto better = [](const auto& one, const auto& other) {
    return std::pair(one->config().priority, one->config().source) <
           std::pair(other->config().priority, other->config().source);
  };
  const auto& best = *std::ranges::max_element(nodes_, better);
  // Among equals, whoever was there first stays: a backup takes adverts of its own priority for better.
  const auto owner = std::ranges::find_if(nodes_, [](const auto& node) { return node->active(); });
  world_.require((*owner)->config().priority == best->config().priority, "the best one is the owner", owners());
}

void Scenario::require_quiet(Duration time) {
  const std::uint64_t before = changes();
  world_.run_until(world_.now() + time);
  world_.require(changes() == before, "while all is well nothing changes", owners());
}

}  // namespace stead::sim::vrrp
