// One story from one seed: 2 to 6 nodes that share 1 to 8 addresses, in the same world as scenario.h's. Kept must be:
//
//   1  When all is well and has settled, each address has exactly one owner, and the shares of the nodes that are alive
//      and fit differ by one at most.
//   2  While all is well nothing moves.
//   3  When a node dies, only its addresses move, and each once, unless a node that had none is in the game, of which
//      the others cannot know.
//   4  Parts of a network that see each other again have one owner of each address within one interval.
//   5  A node that is told to hand over on a network that is well ends with none, and no address is without an owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/vrrp/network.h"
#include "sim/vrrp/scenario.h"
#include "sim/vrrp/spread_node.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

class SpreadScenario {
 public:
  SpreadScenario(std::uint64_t seed, bool verbose);

  // Throws Violation.
  void run();
  [[nodiscard]] Counts counts() const;

 private:
  void send(std::size_t from, std::size_t address, std::uint8_t priority);
  void trouble();
  void one_fault();
  void mend();
  void part_and_rejoin();
  void one_dies();
  void hand_over();
  void settle();
  void require_shared(const char* promise);
  void require_quiet();
  [[nodiscard]] std::size_t owners_of(std::size_t address) const;
  [[nodiscard]] std::uint64_t takeovers() const;
  [[nodiscard]] SpreadNode& any_node();
  [[nodiscard]] std::string picture() const;
  void tell(const std::string& line) const;

  World world_;
  bool verbose_;
  Counts counts_;
  Duration interval_{};
  Duration delay_{};
  Duration jitter_{};
  std::size_t addresses_ = 0;
  std::optional<Network> network_;
  std::vector<std::unique_ptr<SpreadNode>> nodes_;
};

}  // namespace stead::sim::vrrp
