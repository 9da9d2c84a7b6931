// The rows of the table in tie_break.h: what two nodes and a witness do, whoever of them is heard.
#include "core/vrrp/tie_break.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace stead::core::vrrp::testing {
namespace {

using wire::witness::Ballot;
using wire::witness::Kind;

constexpr std::size_t kOther = 1;
constexpr std::size_t kWitness = 2;
constexpr Claim kBackup{.active = false, .wants = false, .heard = false, .priority = 254};
constexpr Claim kOwner{.active = true, .wants = false, .heard = false, .priority = 254};
constexpr Claim kWants{.active = false, .wants = true, .heard = false, .priority = 254};
constexpr Claim kFollows{.active = false, .wants = true, .heard = true, .priority = 254};

class TieBreakTest : public ::testing::Test {
 protected:
  static constexpr Duration kInterval = 100ms;

  TieBreakTest() {
    claim(kBackup);
    pass(1s);
    said_.clear();
  }

  [[nodiscard]] WallTime wall() const { return WallTime{1'700'000'000s + now.time_since_epoch()}; }

  void claim(const Claim& wanted) {
    tie_break.handle_claim(now, wall(), wanted);
    take_actions();
  }
  // Each timer at its moment; whoever is said to answer does, at once.
  void pass(Duration time) {
    const Instant end = now + time;
    while (tie_break.next_timeout() <= end) {
      now = std::max(now, tie_break.next_timeout());
      tie_break.handle_timeout(now, wall());
      take_actions();
    }
    now = end;
  }
  void answer(std::size_t from, bool granted, std::uint8_t holder = wire::witness::kNobody) {
    Ballot ballot = last;
    ballot.kind = granted ? Kind::Granted : Kind::Refused;
    ballot.holder = holder;
    ballot.remaining_us = 1'000'000;
    tie_break.handle_answer(now, from, ballot);
    take_actions();
  }
  void hear(std::size_t from, Kind kind, bool gone = false) {
    static_cast<void>(tie_break.handle_request(
        now, from, {.kind = kind, .router = 1, .gone = gone, .number = ++number, .priority = 253}));
  }

  void take_actions() {
    while (const std::optional<TieBreakAction> action = tie_break.poll_action()) {
      if (const auto* send = std::get_if<SendToAll>(&*action)) {
        last = send->ballot;
        take_request();
      } else if (std::holds_alternative<Permit>(*action)) {
        said_ += "permit ";
        claim(kOwner);
      } else if (std::holds_alternative<GiveUp>(*action)) {
        said_ += "give up ";
        claim(kBackup);
      } else {
        said_ += "may not ";
      }
    }
  }
  void take_request() {
    if (last.kind == Kind::Release || last.is_answer()) return;
    for (const std::size_t one : granting) answer(one, true, 0);
    for (const std::size_t one : refusing) answer(one, false, kOther);
  }
  std::string said() { return std::exchange(said_, {}); }

  Instant now{1000s};
  TieBreak tie_break{now, {.interval = kInterval, .self = 0, .nodes = 2}};
  std::vector<std::size_t> granting;
  std::vector<std::size_t> refusing;
  Ballot last;
  std::uint64_t number = 1;
  std::string said_;
};

TEST_F(TieBreakTest, AnOwnerWhomTheWitnessHearsStays) {
  granting = {kWitness};
  claim(kOwner);
  pass(10s);
  EXPECT_EQ(said(), "");
}

TEST_F(TieBreakTest, AnOwnerWhomTheOtherHearsStays) {
  granting = {kOther};
  claim(kOwner);
  pass(10s);
  EXPECT_EQ(said(), "");
  EXPECT_TRUE(tie_break.is_silent(now, kWitness));
}

TEST_F(TieBreakTest, AnOwnerWhomNobodyHearsGivesUpWhenItsVotesAreOver) {
  granting = {kWitness, kOther};
  claim(kOwner);
  pass(1s);
  granting.clear();
  pass(199ms);
  EXPECT_EQ(said(), "");
  pass(101ms);
  EXPECT_EQ(said(), "give up ");
}

TEST_F(TieBreakTest, TrustInAVoteCountsFromWhenItWasAskedFor) {
  claim(kOwner);
  const Ballot asked = last;
  pass(250ms);
  last = asked;
  answer(kWitness, true);
  pass(49ms);
  EXPECT_EQ(said(), "");
  pass(1ms);
  EXPECT_EQ(said(), "give up ");
}

TEST_F(TieBreakTest, AnOwnerWhomTheWitnessRefusesGivesUpUnlessTheOtherHearsIt) {
  granting = {kWitness};
  claim(kOwner);
  pass(1s);
  granting.clear();
  refusing = {kWitness};
  pass(251ms);
  EXPECT_EQ(said(), "give up ");
  granting = {kOther};
  claim(kOwner);
  pass(2s);
  EXPECT_EQ(said(), "");
}

TEST_F(TieBreakTest, ABackupTakesOverWithTheWitnesssVote) {
  granting = {kWitness};
  claim(kWants);
  EXPECT_EQ(said(), "permit ");
}

TEST_F(TieBreakTest, ABackupWhomTheWitnessRefusesAsksAgainAndAgain) {
  refusing = {kWitness};
  claim(kWants);
  pass(2s);
  EXPECT_EQ(said(), "may not ");
  refusing.clear();
  granting = {kWitness};
  pass(kInterval);
  EXPECT_EQ(said(), "permit ");
}

TEST_F(TieBreakTest, ABackupTakesOverWithTheOthersVoteIfTheWitnessIsDead) {
  granting = {kOther};
  claim(kWants);
  EXPECT_EQ(said(), "permit ");
}

TEST_F(TieBreakTest, ABackupThatHearsNobodyTakesNothing) {
  claim(kWants);
  pass(10s);
  EXPECT_EQ(said(), "may not ");
}

TEST_F(TieBreakTest, WhoseOwnVoteIsTheOwnersDoesNotAskOthers) {
  hear(kOther, Kind::Renew);
  last = {};
  claim(kWants);
  EXPECT_NE(last.kind, Kind::Ask);
  granting = {kWitness};
  pass(Voter::held_for(kInterval));
  EXPECT_EQ(said(), "permit ");
}

TEST_F(TieBreakTest, WhoHearsTheOwnerYieldAsksAtOnceAndSaysSo) {
  hear(kOther, Kind::Renew);
  claim(kFollows);
  EXPECT_EQ(last.kind, Kind::Ask);
  EXPECT_TRUE(last.heard);
  answer(kOther, true);
  EXPECT_EQ(said(), "permit ");
}

TEST_F(TieBreakTest, WhoFollowsOneThatResignedHasTimeToCollectVotes) {
  claim({.active = true, .heard = true, .priority = 254});
  EXPECT_TRUE(last.heard);
  pass(299ms);
  EXPECT_EQ(said(), "");
  pass(1ms);
  EXPECT_EQ(said(), "give up ");
}

TEST_F(TieBreakTest, ThatOthersYieldIsSaidUntilTheVotesAreThere) {
  claim({.active = true, .heard = true, .priority = 254});
  granting = {kWitness};
  pass(kInterval);
  EXPECT_TRUE(last.heard);
  pass(kInterval);
  EXPECT_FALSE(last.heard);
}

TEST_F(TieBreakTest, WhoGivesUpGivesTheVotesBackAtOnce) {
  granting = {kWitness};
  claim(kOwner);
  claim(kBackup);
  EXPECT_EQ(last.kind, Kind::Release);
}

TEST_F(TieBreakTest, WhoDoesNotWantItAnyMoreGivesTheVotesBackAtOnce) {
  claim(kWants);
  claim(kBackup);
  EXPECT_EQ(last.kind, Kind::Release);
}

TEST_F(TieBreakTest, AnswersToWhatWasNotAskedCountForNothing) {
  claim(kWants);
  last.number += 7;
  answer(kWitness, true);
  EXPECT_EQ(said(), "");
}

TEST_F(TieBreakTest, AnOwnerThatTheOtherLeftInOrderStaysAlthoughTheWitnessIsDead) {
  granting = {kOther};
  claim(kOwner);
  pass(5s);
  granting.clear();
  hear(kOther, Kind::Release, true);
  pass(1h);
  EXPECT_EQ(said(), "");
  hear(kOther, Kind::Look);  // it runs again, and its vote has to be asked for
  pass(299ms);
  EXPECT_EQ(said(), "");
  pass(1ms);
  EXPECT_EQ(said(), "give up ");
}

TEST_F(TieBreakTest, AnOwnerThatTheOtherLeftInOrderGivesUpIfTheWitnessFallsSilentLater) {
  granting = {kOther, kWitness};
  claim(kOwner);
  pass(5s);
  hear(kOther, Kind::Release, true);
  granting.clear();
  pass(300ms);
  EXPECT_EQ(said(), "give up ");
}

TEST_F(TieBreakTest, NumbersGrowThoughTheClockIsPutBack) {
  claim(kOwner);
  const std::uint64_t first = last.number;
  tie_break.handle_claim(now, wall() - 1h, kBackup);
  take_actions();
  EXPECT_GT(last.number, first);
}

TEST(TieBreakOfThree, TwoOfThreeAreEnoughAndTheWitnessIsNotCounted) {
  Instant now{1000s};
  const WallTime wall{1'700'000'000s};
  TieBreak tie_break{now, {.interval = 100ms, .self = 0, .nodes = 3}};
  now += 1s;
  tie_break.handle_claim(now, wall, kWants);
  const auto request = std::get<SendToAll>(tie_break.poll_action().value()).ballot;
  Ballot granted = request;
  granted.kind = Kind::Granted;
  tie_break.handle_answer(now, 3, granted);
  EXPECT_FALSE(tie_break.poll_action());
  tie_break.handle_answer(now, 2, granted);
  EXPECT_TRUE(std::holds_alternative<Permit>(tie_break.poll_action().value()));
}

}  // namespace
}  // namespace stead::core::vrrp::testing
