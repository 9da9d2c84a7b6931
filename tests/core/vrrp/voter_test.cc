// A vote: whose it is, for how long, and who may have it next.
#include "core/vrrp/voter.h"

#include <gtest/gtest.h>

namespace stead::core::vrrp::testing {
namespace {

using wire::vrrp::Sequence;
using wire::witness::Ballot;
using wire::witness::Kind;

class VoterTest : public ::testing::Test {
 protected:
  static constexpr Duration kInterval = 100ms;

  VoterTest() { now += Voter::held_for(kInterval); }

  std::optional<Ballot> request(std::size_t from, Kind kind, bool heard = false, const Voter::Own& own = {}) {
    number = number.next();
    return voter.handle_request(
        now, from, {.kind = kind, .router = 1, .heard = heard, .number = number.value(), .priority = 100}, own);
  }
  bool grants(std::size_t from, Kind kind, bool heard = false, const Voter::Own& own = {}) {
    const std::optional<Ballot> answer = request(from, kind, heard, own);
    return answer && answer->kind == Kind::Granted;
  }

  Instant now{1000s};
  Sequence number = Sequence::at(WallTime{1'700'000'000s});
  Voter voter{now, kInterval};
};

TEST_F(VoterTest, OneNodeHasItUntilItsTimeIsOver) {
  EXPECT_TRUE(grants(0, Kind::Ask));
  EXPECT_FALSE(grants(1, Kind::Ask));
  now += Voter::held_for(kInterval) - 1ns;
  EXPECT_FALSE(grants(1, Kind::Ask));
  now += 1ns;
  EXPECT_TRUE(grants(1, Kind::Ask));
  EXPECT_FALSE(grants(0, Kind::Renew));
}

TEST_F(VoterTest, IsHeldLongerThanItIsTrusted) { EXPECT_GT(Voter::held_for(kInterval), Voter::trusted_for(kInterval)); }

TEST_F(VoterTest, ARenewalKeepsIt) {
  EXPECT_TRUE(grants(0, Kind::Ask));
  now += 300ms;
  EXPECT_TRUE(grants(0, Kind::Renew));
  now += 300ms;
  EXPECT_FALSE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, ARefusalSaysWhoHasItAndForHowLong) {
  EXPECT_TRUE(grants(0, Kind::Renew));
  now += 100ms;
  const std::optional<Ballot> answer = request(1, Kind::Ask);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->holder, 0);
  EXPECT_EQ(answer->remaining_us, 225'000U);
  EXPECT_EQ(answer->number, number.value());
}

TEST_F(VoterTest, WhatIsReleasedIsFreeAtOnce) {
  EXPECT_TRUE(grants(0, Kind::Ask));
  EXPECT_FALSE(request(0, Kind::Release));
  EXPECT_TRUE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, NobodyReleasesWhatIsAnothers) {
  EXPECT_TRUE(grants(0, Kind::Ask));
  EXPECT_FALSE(request(1, Kind::Release));
  EXPECT_FALSE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, WhoHearsTheOwnerYieldIsGivenItAtOnce) {
  EXPECT_TRUE(grants(0, Kind::Renew));
  EXPECT_TRUE(grants(1, Kind::Ask, true));
  EXPECT_FALSE(grants(0, Kind::Renew));
}

TEST_F(VoterTest, AfterItsStartItConfirmsOwnersAndGrantsNothingToOthers) {
  voter = Voter(now, kInterval);
  EXPECT_FALSE(grants(1, Kind::Ask));
  EXPECT_TRUE(grants(0, Kind::Renew));
  voter = Voter(now, kInterval);
  EXPECT_TRUE(grants(1, Kind::Ask, true));
  voter = Voter(now, kInterval);
  now += Voter::held_for(kInterval);
  EXPECT_TRUE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, WhatComesLateChangesNothing) {
  const Ballot early{.kind = Kind::Renew, .router = 1, .number = number.value()};
  EXPECT_FALSE(request(0, Kind::Release));
  EXPECT_FALSE(voter.handle_request(now, 0, early, {}));
  EXPECT_TRUE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, TheSameRequestTwiceIsAnsweredOnce) {
  const Ballot once{.kind = Kind::Ask, .router = 1, .number = number.value()};
  EXPECT_TRUE(voter.handle_request(now, 0, once, {}));
  EXPECT_FALSE(voter.handle_request(now, 0, once, {}));
}

TEST_F(VoterTest, ASenderWhoseClockWasPutBackFarIsHeardAgain) {
  EXPECT_TRUE(grants(0, Kind::Renew));
  number = Sequence::at(WallTime{1'700'000'000s - 1h});
  EXPECT_TRUE(grants(0, Kind::Renew));
}

TEST_F(VoterTest, LookingTakesNothing) {
  const std::optional<Ballot> answer = request(0, Kind::Look);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->holder, wire::witness::kNobody);
  EXPECT_TRUE(grants(1, Kind::Ask));
}

TEST_F(VoterTest, AnOwnerGivesItsVoteOnlyToWhomItYields) {
  const Voter::Own own{.active = true, .priority = 254, .index = 1};
  EXPECT_FALSE(grants(0, Kind::Ask, false, own));
  EXPECT_EQ(request(0, Kind::Ask, false, own)->holder, 1);
  EXPECT_FALSE(grants(0, Kind::Renew, false, own));
  EXPECT_TRUE(grants(0, Kind::Ask, true, own));
}

TEST_F(VoterTest, WhoAsksAsWellGivesItToThePreferredOnly) {
  EXPECT_FALSE(grants(0, Kind::Ask, false, {.asks = true, .priority = 101, .index = 1}));
  EXPECT_FALSE(grants(2, Kind::Ask, false, {.asks = true, .priority = 100, .index = 1}));
  EXPECT_TRUE(grants(0, Kind::Ask, false, {.asks = true, .priority = 100, .index = 1}));
}

TEST_F(VoterTest, AnswersAndStrangersAreNotAnswered) {
  EXPECT_FALSE(request(0, Kind::Granted));
  EXPECT_FALSE(request(Voter::kMostNodes, Kind::Ask));
}

}  // namespace
}  // namespace stead::core::vrrp::testing
