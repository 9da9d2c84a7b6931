// Routers that belong together: core/vrrp/sync.h.
#include "core/vrrp/sync.h"

#include <gtest/gtest.h>

#include <vector>

namespace stead::core::vrrp {
namespace {

constexpr Instant kNow = Instant(1000s);
constexpr Instant kLongAgo = kNow - 60s;

Sync::Member active() {
  return {.fit = true, .state = State::Active, .since = kLongAgo, .peer_known = false, .told = false};
}
Sync::Member backup() {
  return {.fit = true, .state = State::Backup, .since = kLongAgo, .peer_known = true, .told = false};
}

TEST(Sync, WhereOneCannotTakePartNoneDoes) {
  std::vector<Sync::Member> members = {active(), active()};
  EXPECT_TRUE(Sync::fit(members));
  members[1].fit = false;
  EXPECT_FALSE(Sync::fit(members));
}

TEST(Sync, ThoseThatAreTogetherAreLeftAlone) {
  for (const std::vector<Sync::Member>& members : {std::vector{active(), active()}, {backup(), backup()}}) {
    EXPECT_EQ(Sync::order(kNow, members, 0), Sync::Order::None);
    EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);
  }
}

TEST(Sync, WhoIsActiveWhereTheFirstIsNotIsHandedOver) {
  EXPECT_EQ(Sync::order(kNow, std::vector{backup(), active()}, 1), Sync::Order::HandOver);
  EXPECT_EQ(Sync::order(kNow, std::vector{backup(), active()}, 0), Sync::Order::None);
  EXPECT_EQ(Sync::order(kNow, std::vector{active(), backup()}, 1), Sync::Order::None);  // the other node's business
}

TEST(Sync, NothingIsHandedOverToNobody) {
  std::vector<Sync::Member> members = {backup(), active()};
  members[0].peer_known = false;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);
}

TEST(Sync, ThoseThatAreOnTheirWayAreGivenTime) {
  std::vector<Sync::Member> members = {backup(), active()};
  members[0].since = kNow - 1s;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);
  members = {backup(), active()};
  members[1].since = kNow - 1s;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);
}

TEST(Sync, WhoHasBeenHandedOverTakesPartAgain) {
  std::vector<Sync::Member> members = {backup(), active()};
  members[1].told = true;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);  // nobody has taken over yet
  members[1].state = State::Backup;
  members[1].since = kNow - 1s;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::None);
  members[1].since = kLongAgo;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::TakeBack);
  members = {active(), active()};
  members[1].told = true;
  EXPECT_EQ(Sync::order(kNow, members, 1), Sync::Order::TakeBack);
}

}  // namespace
}  // namespace stead::core::vrrp
