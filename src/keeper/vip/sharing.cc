#include "keeper/vip/sharing.h"

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "core/vrrp/spread.h"

namespace stead::keeper::vip {

using core::vrrp::Spread;

void Sharing::look(Instant now) {
  std::array<Spread::Seen, Spread::kMostAddresses> seen;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    // They are on one interface, and all of them take part or none.
    if (!groups_[i]->source()) return;
    seen.at(i) = groups_[i]->seen(now);
  }
  std::array<std::uint8_t, Spread::kMostAddresses> priorities{};
  const GroupPlan::Seat seat = groups_.front()->plan().seat.value();
  const std::span all(seen.data(), groups_.size());
  Spread(*groups_.front()->source(), seat.index, seat.nodes).decide(all, std::span(priorities).first(groups_.size()));
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i]->set_priority(now, priorities.at(i));
}

std::vector<Sharing> find_sharings(const std::vector<std::unique_ptr<Group>>& groups) {
  std::vector<Sharing> sharings;
  std::vector<Group*> members;
  for (const std::unique_ptr<Group>& group : groups) {
    if (!group->plan().seat) continue;
    const bool another = !members.empty() && (members.front()->plan().vip != group->plan().vip ||
                                              members.front()->plan().family != group->plan().family);
    if (another) sharings.emplace_back(std::exchange(members, {}));
    members.push_back(group.get());
  }
  if (!members.empty()) sharings.emplace_back(std::move(members));
  return sharings;
}

}  // namespace stead::keeper::vip
