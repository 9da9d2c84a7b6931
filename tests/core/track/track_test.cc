// When something that an address depends on counts as bad, and above all when not.
#include "core/track/track.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/random.h"

namespace stead::core::track {
namespace {

constexpr Instant kStart{1000s};

// A caller that turns every 25 ms, whose looks end when `answer` says so.
class TrackTest : public ::testing::Test {
 protected:
  void begin(TrackRules rules) {
    track_.emplace(rules);
    track_->handle_start(now_);
  }

  void take_actions() {
    while (const std::optional<Action> action = track_->poll_action()) {
      if (std::holds_alternative<StartLook>(*action)) {
        looking_ = true;
        ++looks_;
      } else if (std::holds_alternative<AbandonLook>(*action)) {
        looking_ = false;
        ++abandoned_;
      } else {
        turned_.push_back(std::get<Turned>(*action));
      }
    }
  }

  // A turn, after `pause`; nullopt: nothing was found meanwhile.
  void turn(Duration pause, std::optional<Finding> finding = std::nullopt) {
    now_ += pause;
    track_->handle_turn(now_);
    if (finding) {
      looking_ = false;
      track_->handle_finding(now_, *finding);
      take_actions();
    }
    track_->handle_timeout(now_);
    take_actions();
  }

  // Turns until the next look begins.
  void wait_for_look() {
    for (int i = 0; i < 1000 && !looking_; ++i) turn(25ms);
    ASSERT_TRUE(looking_);
  }

  // A whole look with this result, from its beginning on.
  void look(Finding finding) {
    wait_for_look();
    turn(25ms, finding);
  }
  // One that finds nothing in time.
  void look_in_vain() {
    wait_for_look();
    const int before = abandoned_;
    for (int i = 0; i < 1000 && abandoned_ == before; ++i) turn(25ms);
    track_->handle_ended(now_);
  }

  Instant now_ = kStart;
  std::optional<Track> track_;
  bool looking_ = false;
  int looks_ = 0;
  int abandoned_ = 0;
  std::vector<Turned> turned_;
};

TEST_F(TrackTest, IsGoodUntilTheContraryIsKnown) {
  begin({});
  EXPECT_TRUE(track_->good());
  turn(0ms);
  EXPECT_EQ(looks_, 1) << "the first look is due at once";
  EXPECT_TRUE(track_->good());
}

TEST_F(TrackTest, IsBadAfterFallBadLooksInARowAndGoodAfterRiseGoodOnes) {
  begin({.fall = 3, .rise = 2});
  look(Finding::Bad);
  look(Finding::Bad);
  EXPECT_TRUE(track_->good());
  look(Finding::Bad);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_TRUE(track_->good());
  ASSERT_EQ(turned_.size(), 2U);
  EXPECT_FALSE(turned_[0].good);
  EXPECT_TRUE(turned_[1].good);
  EXPECT_EQ(track_->since(), now_);
}

TEST_F(TrackTest, ACountBeginsAnewWithAContraryResult) {
  begin({.fall = 3, .rise = 2});
  for (int i = 0; i < 10; ++i) {
    look(Finding::Bad);
    look(Finding::Bad);
    look(Finding::Good);
  }
  EXPECT_TRUE(track_->good());
  for (int i = 0; i < 3; ++i) look(Finding::Bad);
  for (int i = 0; i < 10; ++i) {
    look(Finding::Good);
    look(Finding::Bad);
  }
  EXPECT_FALSE(track_->good());
  EXPECT_EQ(turned_.size(), 1U);
}

TEST_F(TrackTest, SaysWhenTheRowBeganThatHasDecided) {
  begin({.every = 1s, .timeout = 1s, .fall = 3, .silence = Finding::Bad});
  look(Finding::Good);
  wait_for_look();
  const Instant first = now_;
  for (int i = 0; i < 3; ++i) look_in_vain();
  ASSERT_EQ(turned_.size(), 1U);
  EXPECT_EQ(turned_[0].first, first);
  EXPECT_GE(now_ - first, 3s);
  EXPECT_LE(now_ - first, 3s + 3 * 25ms);
}

TEST_F(TrackTest, LooksAreSpacedByTheIntervalHoweverLongEachTakes) {
  begin({.every = 1s});
  wait_for_look();
  const Instant first = now_;
  turn(300ms, Finding::Good);
  wait_for_look();
  EXPECT_EQ(now_ - first, 1s);
}

TEST_F(TrackTest, AnUnknownResultChangesNothingBreaksNoRowAndIsCounted) {
  begin({.fall = 3});
  look(Finding::Bad);
  look(Finding::Unknown);
  look(Finding::Bad);
  look(Finding::Unknown);
  EXPECT_TRUE(track_->good());
  EXPECT_EQ(track_->unknowns(), 2U);
  EXPECT_EQ(track_->unknowns_in_a_row(), 1U);
  look(Finding::Bad);
  EXPECT_FALSE(track_->good());
  for (int i = 0; i < 100; ++i) look(Finding::Unknown);
  EXPECT_FALSE(track_->good()) << "nor does it make anything good";
  EXPECT_EQ(track_->unknowns_in_a_row(), 100U);
}

TEST_F(TrackTest, ACommandThatNeverEndsIsUnknownForeverAndNotBad) {
  begin({});
  for (int i = 0; i < 50; ++i) look_in_vain();
  EXPECT_TRUE(track_->good());
  EXPECT_EQ(track_->unknowns(), 50U);
  EXPECT_EQ(abandoned_, 50);
}

TEST_F(TrackTest, WhatIsSilentMayBeBad) {
  begin({.fall = 2, .silence = Finding::Bad});
  look_in_vain();
  EXPECT_TRUE(track_->good());
  look_in_vain();
  EXPECT_FALSE(track_->good());
  EXPECT_EQ(track_->unknowns(), 0U);
}

TEST_F(TrackTest, NothingIsStartedASecondTimeWhileTheFirstIsThere) {
  begin({.every = 1s, .timeout = 3s});
  wait_for_look();
  for (int i = 0; i < 100; ++i) turn(25ms);  // 2.5 s
  EXPECT_EQ(looks_, 1);
  for (int i = 0; i < 400; ++i) turn(25ms);  // abandoned, but still there
  EXPECT_EQ(looks_, 1);
  EXPECT_EQ(abandoned_, 1) << "and it is abandoned once";
  track_->handle_finding(now_, Finding::Bad);
  EXPECT_EQ(track_->unknowns(), 1U) << "what an abandoned look finds does not count";
  track_->handle_ended(now_);
  turn(25ms);
  EXPECT_EQ(looks_, 2);
}

TEST_F(TrackTest, WhereWeRanLateByMoreThanHalfAnIntervalResultsOfThatSpanSayNothing) {
  begin({.every = 1s, .timeout = 1s, .fall = 1, .silence = Finding::Bad});
  wait_for_look();
  turn(501ms, Finding::Bad);
  EXPECT_TRUE(track_->good());
  EXPECT_EQ(track_->unknowns(), 1U);
  wait_for_look();
  turn(501ms);  // the stall was before, but while this look was under way
  for (int i = 0; i < 40 && looking_; ++i) turn(25ms);
  EXPECT_TRUE(track_->good());
  EXPECT_EQ(track_->unknowns(), 2U);
  EXPECT_EQ(abandoned_, 1);
  track_->handle_ended(now_);
  look(Finding::Bad);
  EXPECT_FALSE(track_->good()) << "the next look is not concerned";
}

TEST_F(TrackTest, TheFirstSpanCountsLikeAnyOther) {
  begin({.every = 1s, .fall = 1});
  track_->handle_timeout(now_);
  take_actions();
  turn(501ms, Finding::Bad);
  EXPECT_TRUE(track_->good());
}

TEST_F(TrackTest, AStallBetweenTwoLooksTaintsNeither) {
  begin({.every = 1s, .fall = 1});
  look(Finding::Good);
  turn(5s);
  EXPECT_TRUE(looking_);
  turn(25ms, Finding::Bad);
  EXPECT_FALSE(track_->good());
}

TEST_F(TrackTest, ALittleLateIsNotLate) {
  begin({.every = 1s, .fall = 1});
  wait_for_look();
  turn(500ms, Finding::Bad);
  EXPECT_FALSE(track_->good());
}

TEST_F(TrackTest, AGoodResultOfAStalledSpanMakesNothingGood) {
  begin({.every = 1s, .fall = 1, .rise = 1});
  look(Finding::Bad);
  wait_for_look();
  turn(501ms, Finding::Good);
  EXPECT_FALSE(track_->good());
}

TEST_F(TrackTest, WhatIsKnownAtOnceIsDecidedByTheFirstLookAndThenByRows) {
  begin({.fall = 3, .rise = 2, .known_at_once = true});
  look(Finding::Bad);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_TRUE(track_->good());
  look(Finding::Bad);
  EXPECT_TRUE(track_->good());
}

TEST_F(TrackTest, WhatIsKnownAtOnceIsNotDecidedByALookThatSaysNothing) {
  begin({.fall = 3, .known_at_once = true});
  look(Finding::Unknown);
  EXPECT_TRUE(track_->good());
  look(Finding::Bad);
  EXPECT_FALSE(track_->good());
}

TEST_F(TrackTest, GoesOnFromWhatWasKnownBefore) {
  begin({.rise = 2});
  track_->handle_earlier(now_, false);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_FALSE(track_->good());
  look(Finding::Good);
  EXPECT_TRUE(track_->good());
}

// The load of a backup, or of a neighbour: every second command does not end in time, the others do and say good.
TEST_F(TrackTest, ALoadSpikeInWhichEverySecondCommandSaysNothingFlapsNothing) {
  begin({});
  for (int i = 0; i < 1000; ++i) {
    look_in_vain();
    look(Finding::Good);
  }
  EXPECT_TRUE(turned_.empty());
  EXPECT_EQ(track_->unknowns(), 1000U);
}

// The same for whoever is bad: the spike brings no address back, either.
TEST_F(TrackTest, ALoadSpikeDoesNotMakeABadOneGood) {
  begin({});
  for (int i = 0; i < 3; ++i) look(Finding::Bad);
  for (int i = 0; i < 1000; ++i) {
    look_in_vain();
    look(Finding::Bad);
  }
  EXPECT_EQ(turned_.size(), 1U);
}

// And where we are late ourselves, at random, so that even what is good looks as if it were silent.
TEST_F(TrackTest, OurOwnStallsMakeNothingBad) {
  Random random(7);
  begin({.every = 200ms, .timeout = 100ms, .fall = 2, .silence = Finding::Bad});
  for (int i = 0; i < 2000; ++i) {
    wait_for_look();
    const bool stalled = random.below(2) == 0;
    // The answer comes after 10 ms. A loop that stalls finds the timeout over; it does not see the answer at all.
    if (stalled) {
      turn(150ms);
      track_->handle_ended(now_);
    } else {
      turn(10ms, Finding::Good);
    }
  }
  EXPECT_TRUE(turned_.empty());
  EXPECT_GT(track_->unknowns(), 500U);
}

}  // namespace
}  // namespace stead::core::track
