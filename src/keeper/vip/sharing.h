// The groups of a vip whose addresses are shared by its nodes: what core/vrrp/spread.h makes of what they hear becomes
// their priorities.
//
// Belongs to the thread of the loop (loop.h). Between plans it allocates nothing.
#pragma once

#include <memory>
#include <vector>

#include "base/time.h"
#include "keeper/vip/group.h"

namespace stead::keeper::vip {

class Sharing {
 public:
  // All groups of one vip and family, in the plan's order. They must outlive this.
  explicit Sharing(std::vector<Group*> groups) : groups_(std::move(groups)) {}

  // After whatever may have changed what the groups know.
  void look(Instant now);

 private:
  std::vector<Group*> groups_;
};

// One for each vip and family that shares.
[[nodiscard]] std::vector<Sharing> find_sharings(const std::vector<std::unique_ptr<Group>>& groups);

}  // namespace stead::keeper::vip
