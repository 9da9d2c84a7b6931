// Who should have which of several addresses: the rules of core/vrrp/spread.h, and that they come to an end.
#include "core/vrrp/spread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/random.h"

namespace stead::core::vrrp {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;

IpAddress node(std::size_t number) { return IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(11 + number)); }

constexpr int kNone = -1;

// `owners`: of each address, the number of a node, or kNone.
std::vector<int> decide(int self, std::size_t nodes, const std::vector<int>& owners, int leaving = kNone) {
  std::vector<Spread::Seen> seen;
  for (const int owner : owners) {
    Spread::Seen one;
    one.ours = owner == self;
    if (owner != kNone && owner != self) one.owner = node(static_cast<std::size_t>(owner));
    one.priority = owner == leaving ? 1 : Spread::kOwner;
    seen.push_back(one);
  }
  std::vector<std::uint8_t> priorities(seen.size());
  const auto index = static_cast<std::size_t>(self);
  Spread(node(index), index, nodes).decide(seen, priorities);
  return {priorities.begin(), priorities.end()};
}

TEST(Spread, AtFirstTheFilesOrderDealsThemOut) {
  EXPECT_THAT(decide(0, 2, {kNone, kNone, kNone}), ElementsAre(Spread::kHeir, Spread::kRest - 1, Spread::kHeir));
  EXPECT_THAT(decide(1, 2, {kNone, kNone, kNone}), ElementsAre(Spread::kRest - 1, Spread::kHeir, Spread::kRest - 1));
}

TEST(Spread, WhoOwnsAnAddressKeepsIt) {
  EXPECT_EQ(decide(0, 2, {0, 1}).at(0), Spread::kOwner);
  EXPECT_EQ(decide(0, 2, {0, 0}).at(1), Spread::kOwner);  // somebody may claim it; it is not given away
}

TEST(Spread, ABalanceIsLeftAlone) {
  for (const std::vector<int>& owners : {std::vector<int>{0, 1, 2}, {2, 0, 1, 1}, {1, 1, 0, 2, 2}, {0, 2, 1, 1, 0}}) {
    for (const int self : {0, 1, 2}) {
      for (const int priority : decide(self, 3, owners)) {
        EXPECT_NE(priority, Spread::kClaim);
      }
    }
  }
}

TEST(Spread, WhoHasNoneClaimsFromWhoHasTooMany) {
  EXPECT_THAT(decide(1, 2, {0, 0}), ElementsAre(Spread::kUnknownHeir - 1, Spread::kClaim));
  EXPECT_THAT(decide(2, 3, {0, 0, 1}),
              ElementsAre(testing::Lt(Spread::kOwner), Spread::kClaim, testing::Lt(Spread::kOwner)));
  // No more than its share.
  const std::vector<int> three = decide(1, 2, {0, 0, 0});
  EXPECT_EQ(std::ranges::count(three, Spread::kClaim), 1);
}

TEST(Spread, NobodyClaimsWhereThereAreFewerAddressesThanNodes) {
  for (const int priority : decide(2, 3, {0, 1})) EXPECT_LT(priority, Spread::kOwner);
}

TEST(Spread, ADeadNodesAddressesGoToThoseThatWillKeepThem) {
  // Of node 0's, each of the others is the first heir of one.
  const std::vector<int> owners = {0, 0, 1, 2};
  const std::vector<int> first = decide(1, 3, owners);
  const std::vector<int> second = decide(2, 3, owners);
  for (const std::size_t address : {0U, 1U}) {
    EXPECT_NE(first.at(address) == Spread::kHeir, second.at(address) == Spread::kHeir) << address;
  }
}

TEST(Spread, WhoGivesUpIsInheritedAndGetsNothing) {
  const std::vector<int> heir = decide(1, 2, {0, 1, 0}, 0);
  EXPECT_THAT(heir, ElementsAre(Spread::kHeir, Spread::kOwner, Spread::kHeir));
}

TEST(Spread, WhoTakesPartIsNeverTakenForOneThatGivesUp) {
  for (const int self : {0, 15, 31}) {
    EXPECT_THAT(decide(self, 32, std::vector<int>(20, kNone)), Each(Ge(Spread::kGivesUp)));
    EXPECT_THAT(decide(self, 32, std::vector<int>(20, 7)), Each(Ge(Spread::kGivesUp)));
  }
}

// Claims are carried out one at a time, as VRRP would, in any order: it ends, with shares that differ by one at most,
// and with no more moves than it takes.
TEST(Spread, ClaimsComeToAnEnd) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t nodes = 2 + random.below(5);
    std::vector<int> owners(1 + random.below(8));
    for (int& owner : owners) owner = static_cast<int>(random.below(static_cast<std::uint32_t>(nodes)));
    const auto shares = [&] {
      std::map<int, int> result;
      for (std::size_t i = 0; i < nodes; ++i) result[static_cast<int>(i)] = 0;
      for (const int owner : owners) ++result[owner];
      return result;
    };
    int surplus = 0;
    const int most = static_cast<int>((owners.size() + nodes - 1) / nodes);
    const int least = static_cast<int>(owners.size() / nodes);
    int missing = 0;
    int unknown = 0;
    for (const auto& [self, share] : shares()) {
      surplus += std::max(share - most, 0);
      missing += std::max(least - share, 0);
      if (share == 0) ++unknown;
    }
    int moves = 0;
    for (bool moved = true; moved;) {
      moved = false;
      const auto first = static_cast<int>(random.below(static_cast<std::uint32_t>(nodes)));
      for (int step = 0; step < static_cast<int>(nodes) && !moved; ++step) {
        const int self = (first + step) % static_cast<int>(nodes);
        const std::vector<int> priorities = decide(self, nodes, owners);
        const auto claim = std::ranges::find(priorities, Spread::kClaim);
        if (claim == priorities.end()) continue;
        owners.at(static_cast<std::size_t>(claim - priorities.begin())) = self;
        moved = true;
        ++moves;
      }
      ASSERT_LE(moves, 2 * static_cast<int>(owners.size())) << round;
    }
    int smallest = static_cast<int>(owners.size());
    int largest = 0;
    for (const auto& [self, share] : shares()) {
      smallest = std::min(smallest, share);
      largest = std::max(largest, share);
    }
    EXPECT_LE(largest - smallest, 1) << round;
    // Who has nothing is known to nobody else, who may then claim what would have been its.
    EXPECT_GE(moves, std::max(surplus, missing)) << round;
    EXPECT_LE(moves, std::max(surplus, missing) + unknown) << round;
  }
}

}  // namespace
}  // namespace stead::core::vrrp
