#include "core/vrrp/sync.h"

#include <algorithm>

namespace stead::core::vrrp {

bool Sync::fit(std::span<const Member> members) { return std::ranges::all_of(members, &Member::fit); }

Sync::Order Sync::order(Instant now, std::span<const Member> members, std::size_t index) {
  const Member& first = members.front();
  const Member& member = members[index];
  if (member.told) {
    const bool rested = member.state != State::Active && now - member.since >= kRest;
    return rested || first.state == State::Active ? Order::TakeBack : Order::None;
  }
  const bool apart = first.state == State::Backup && first.peer_known && member.state == State::Active;
  // They may be on their way: one advert tells the first, another the second.
  const bool settled = now - first.since >= kRest && now - member.since >= kRest;
  return index > 0 && apart && settled ? Order::HandOver : Order::None;
}

}  // namespace stead::core::vrrp
