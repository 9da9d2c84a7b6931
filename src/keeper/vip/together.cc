#include "keeper/vip/together.h"

#include <map>
#include <string>

namespace stead::keeper::vip {

using core::vrrp::Sync;

Together::Together(const std::vector<Group*>& groups) : groups_(groups), members_(groups.size()) {}

void Together::look(Instant now) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const GroupState state = groups_[i]->state();
    members_[i].fit = groups_[i]->fit();
    members_[i].state = state.state;
    members_[i].since = state.since;
    members_[i].peer_known = state.peer.has_value();
  }
  const bool fit = Sync::fit(members_);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    groups_[i]->set_held(now, !fit);
    switch (Sync::order(now, members_, i)) {
      case Sync::Order::None:
        break;
      case Sync::Order::HandOver:
        members_[i].told = true;
        groups_[i]->handle_handover(now);
        break;
      case Sync::Order::TakeBack:
        members_[i].told = false;
        groups_[i]->handle_takeback(now);
        break;
    }
  }
}

std::vector<Together> find_together(const std::vector<std::unique_ptr<Group>>& groups) {
  std::map<std::string, std::vector<Group*>> by_name;
  for (const std::unique_ptr<Group>& group : groups) {
    if (!group->plan().sync.empty()) by_name[group->plan().sync].push_back(group.get());
  }
  std::vector<Together> result;
  for (const auto& [name, members] : by_name) {
    if (members.size() > 1) result.emplace_back(members);
  }
  return result;
}

}  // namespace stead::keeper::vip
