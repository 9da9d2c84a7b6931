// The groups that belong together: what core/vrrp/sync.h decides becomes their fitness and orders.
//
// Belongs to the thread of the loop (loop.h). Between plans it allocates nothing.
#pragma once

#include <memory>
#include <vector>

#include "base/time.h"
#include "core/vrrp/sync.h"
#include "keeper/vip/group.h"

namespace stead::keeper::vip {

class Together {
 public:
  // In the plan's order; they must outlive this.
  explicit Together(const std::vector<Group*>& groups);

  // After whatever may have changed.
  void look(Instant now);

 private:
  std::vector<Group*> groups_;
  std::vector<core::vrrp::Sync::Member> members_;
};

// One for each name of GroupPlan::sync that two or more groups have.
[[nodiscard]] std::vector<Together> find_together(const std::vector<std::unique_ptr<Group>>& groups);

}  // namespace stead::keeper::vip
