// Which member of a pool takes the next request: one picker per pool and data loop, asked once per try.
//
// Loops share nothing, so each balances what it alone has seen; `active` is its own count. What the control loop knows
// (health, weights) comes in through the candidates.
//
//   RoundRobin    smooth weighted: 5:1:1 gives a a b a c a a, not a a a a a b c, so a heavy member gets no bursts.
//   LeastRequest  the better of two drawn by weight. The best of all would send every loop's next request to the same
//                 member the moment it looks idle (the herd); two choices come close to it and cannot herd.
//   Random        drawn by weight: no memory, and the yardstick for the others.
//
// A backup is asked only while no other candidate can be. Not for several threads; pick() allocates only
// when the pool has grown.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"

namespace stead::core::balance {

enum class Algorithm : std::uint8_t { RoundRobin, LeastRequest, Random };

struct Candidate {
  // From effective_weight() (slow_start.h) for all candidates of a pool, or plain for all. 0: takes nothing new. The
  // sum over a pool must stay below 2^32.
  std::uint32_t weight = 1;
  std::uint32_t active = 0;  // requests that it is serving for this loop now
  bool eligible = true;      // may take a request now: usable, below its connection limit, not tried already
  bool backup = false;
};

class Picker {
 public:
  // A member that this picker has not known before, in rekey().
  static constexpr std::uint32_t kNew = 0xffffffff;

  explicit Picker(Algorithm algorithm = Algorithm::RoundRobin) : algorithm_(algorithm) {}

  // The position in `candidates` of the one to ask; nullopt where none is eligible. Positions stay with their members
  // between calls: where a new plan has moved them, call rekey() first. A longer span than before adds members.
  [[nodiscard]] std::optional<std::uint32_t> pick(std::span<const Candidate> candidates, Random& random);

  // A new plan: the member now at position i was at previous[i] before (kNew: nowhere). Keeps the turns of those who
  // stay, so that a reload does not begin each loop's round anew with the first member.
  void rekey(std::span<const std::uint32_t> previous);
  void set_algorithm(Algorithm algorithm) { algorithm_ = algorithm; }
  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }

 private:
  // `total`: the weight of those who may take the request.
  [[nodiscard]] std::uint32_t next_in_turn(std::span<const Candidate> candidates, bool backup, std::uint32_t total);

  Algorithm algorithm_;
  std::vector<std::int64_t> credit_;  // RoundRobin: what each is owed, in weights; all of them add up to about 0
};

}  // namespace stead::core::balance
