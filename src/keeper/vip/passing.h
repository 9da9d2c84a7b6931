// Sees to it that the packet filter and the routes are such that connections outlive the move of their address: see
// passing_rules.h for how. Reconciles: what should be there is compared with what was put there, whenever it is asked.
//
// A luxury: where the kernel cannot do it, or forbids it, addresses move all the same, and established connections are
// cut. On the keeper's loop, not on the thread that speaks VRRP: a change takes milliseconds, and is in place long
// before it is needed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "keeper/vip/passing_rules.h"
#include "net/packet_rules.h"
#include "net/policy_route.h"

namespace stead::keeper::vip {

class Passing {
 public:
  static constexpr Duration kRetry = 30s;

  Passing() = default;
  ~Passing();
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

  // What to tell the operator; nothing where nothing has changed. `groups`: of the plan.
  [[nodiscard]] std::optional<std::string> reconcile(Instant now, const Plan& plan,
                                                     const std::vector<GroupState>& groups, Duration drain);
  // Whether connections outlive a move, as far as this node can see to it.
  [[nodiscard]] bool works() const { return works_; }

  // Whether this machine could do all of it for an address of this family; the error says what is missing. Changes
  // nothing that stays.
  [[nodiscard]] static Result<> rehearse(Family family);

 private:
  [[nodiscard]] Result<> open();
  [[nodiscard]] Result<> apply(const std::vector<PassingRules>& wanted);
  void close();

  std::optional<net::PacketRules> filter_;
  std::optional<net::PolicyRoute> routes_;
  std::vector<PassingRules> in_place_;
  bool works_ = false;
  bool complained_ = false;
  Instant retry_due_{};
};

}  // namespace stead::keeper::vip
