// One story from one seed: 2 to 7 routers, a network that loses, delays, repeats and parts, in one direction too,
// processes that stall, die and come back, orders to hand over; then all is mended. Kept must be:
//
//   1  When all is well and has settled, exactly one node is active and exactly one has the addresses; with preemption
//      it is the one of the highest priority, or among equals of the highest address.
//   2  While all is well nothing changes: no takeover without a cause.
//   3  Nodes that have been apart and see each other again have one owner within one interval.
//   4  A handover on a network that is well leaves no moment without an owner.
//   5  A backup that stood still takes nothing from an owner that is well. An owner that stood still for longer than
//   its
//      addresses live does not take them back beside the one who has them since.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/vrrp/network.h"
#include "sim/vrrp/node.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

// What a run was made of, so that nobody trusts a simulation in which nothing happened.
struct Counts {
  std::uint64_t adverts = 0;
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t faults = 0;
  std::uint64_t changes = 0;
  std::uint64_t partitions = 0;
  std::uint64_t handovers = 0;

  void add(const Counts& other);
};

class Scenario {
 public:
  Scenario(std::uint64_t seed, bool verbose);

  // Throws Violation.
  void run();
  [[nodiscard]] Counts counts() const;

 private:
  void make_nodes();
  void send(std::uint32_t from, std::uint8_t priority);
  void trouble();
  void one_fault();
  void mend();
  void part_and_rejoin();
  void hand_over();
  void stand_still();

  void settle();
  void require_one_owner(const char* promise);
  void require_quiet(Duration time);
  [[nodiscard]] Node& any_node() { return *nodes_[world_.random().below(static_cast<std::uint32_t>(nodes_.size()))]; }
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] Duration longest_patience() const;
  [[nodiscard]] std::string owners() const;
  void tell(const std::string& line) const;

  World world_;
  bool verbose_;
  Counts counts_;
  core::vrrp::RouterConfig common_;
  Duration jitter_{};
  Duration delay_{};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::optional<Network> network_;
};

}  // namespace stead::sim::vrrp
