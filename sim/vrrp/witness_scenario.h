// One story from one seed: 2 nodes, or 3, and a witness, and one fault after the other: links cut, in one direction
// too, machines cut off, mute or deaf, dead, stopped in order or standing still, the witness started again. Each fault
// stays until all has settled, then it is mended. Kept must be:
//
//   1  While there is one fault, two nodes own the address for no longer than a vote is trusted; where nobody is mute
//   or
//      deaf in one direction only, for no longer than an advert takes.
//   2  A while after any one fault there is exactly one owner; after all is mended as well, and it is the preferred
//   one. 3  A dead witness, a witness that is started again, a cut link between the nodes, and a backup that is cut off
//   or
//      dead move nothing; nor does a witness that is started again while the nodes do not hear each other.
//   4  An owner that is stopped in order leaves no moment without an owner, with the witness dead, too.
//   5  With several faults at once, lost packets among them, two nodes own the address for no longer than twice that: a
//      vote may then be moved by one who hears the owner (`heard`), and who had it does not hear that it is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/vrrp/network.h"
#include "sim/vrrp/scenario.h"
#include "sim/vrrp/witnessed_node.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

class WitnessScenario {
 public:
  WitnessScenario(std::uint64_t seed, bool verbose);

  // Throws Violation.
  void run();
  [[nodiscard]] Counts counts() const;

 private:
  void make_machines();
  void one_fault();
  void several_faults();
  void stop_in_order(bool witness_dead);
  void cut(std::size_t one, std::size_t other, bool both_ways);
  void cut_all_of(std::size_t machine, bool to, bool from);
  void mend();
  // Lets time pass, and looks at each moment how many own the address.
  void pass(Duration time, Duration longest_overlap);
  void settle(Duration longest_overlap) { pass(12 * interval_ + 200ms, longest_overlap); }
  [[nodiscard]] Duration advert_takes() const { return 4 * (delay_ + jitter_); }
  [[nodiscard]] Duration vote_lasts() const;
  [[nodiscard]] std::size_t owner() const;  // of one
  void require_owners(std::size_t count, const char* promise);
  void require_best(const char* promise);
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] std::string owners() const;
  [[nodiscard]] std::size_t any(std::size_t below) { return world_.random().below(static_cast<std::uint32_t>(below)); }
  void tell(const std::string& line) const;

  World world_;
  bool verbose_;
  Counts counts_;
  Duration interval_{};
  Duration delay_{};
  Duration jitter_{};
  std::size_t nodes_ = 2;
  std::optional<Network> network_;
  std::vector<std::unique_ptr<WitnessedNode>> machines_;  // the witness is the last
  bool owned_always_ = true;                              // since pass() was last told to watch that
};

}  // namespace stead::sim::vrrp
