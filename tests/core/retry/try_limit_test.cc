#include "core/retry/try_limit.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace stead::core::retry {
namespace {

constexpr Duration kTimeout = 30s;

void feed(TryLimit& limit, Duration latency, int count) {
  for (int i = 0; i < count; ++i) limit.handle_latency(latency);
}

TEST(TryLimit, AColdPoolHasAModestLimit) {
  EXPECT_EQ(TryLimit(kTimeout).limit(), TryLimit::kColdLimit);
  EXPECT_EQ(TryLimit(100ms).limit(), 50ms) << "the second member needs its time too";
}

TEST(TryLimit, AFastPoolHasTheFloor) {
  TryLimit limit(kTimeout);
  feed(limit, 1ms, 100);
  EXPECT_EQ(limit.limit(), TryLimit::kFloor);
  feed(limit, Duration{0}, 100);
  feed(limit, -1ms, 100);
  EXPECT_EQ(limit.limit(), TryLimit::kFloor);
}

TEST(TryLimit, IsThreeTimesTheNinetyNinthPercentile) {
  TryLimit limit(kTimeout);
  Random random(1);
  for (int i = 0; i < 5000; ++i) limit.handle_latency(Duration{1'000'000 * (1 + random.below(100))});  // 1 to 100 ms
  EXPECT_GE(limit.limit(), 3 * 95ms);
  EXPECT_LE(limit.limit(), 3 * 130ms) << "a bucket is at most a quarter too long";
}

TEST(TryLimit, OneSlowAnswerInTwoHundredDoesNotMoveIt) {
  TryLimit limit(kTimeout);
  feed(limit, 2ms, 500);
  for (int i = 0; i < 4000; ++i) limit.handle_latency(i % 200 == 0 ? Duration(5s) : Duration(2ms));
  EXPECT_EQ(limit.limit(), TryLimit::kFloor);
}

TEST(TryLimit, ATrulySlowPoolIsLearnedWithinAHundredAnswers) {
  TryLimit limit(kTimeout);
  int hedged = 0;
  for (int i = 0; i < 1000; ++i) {
    hedged += limit.limit() < 2s ? 1 : 0;
    limit.handle_latency(2s);
  }
  EXPECT_LE(hedged, 100);
  EXPECT_GE(limit.limit(), 6s);
  EXPECT_LE(limit.limit(), 8s);
}

TEST(TryLimit, APoolThatTurnsSlowIsLearnedToo) {
  TryLimit limit(kTimeout);
  feed(limit, 2ms, 10'000);
  int hedged = 0;
  for (int i = 0; i < 1000; ++i) {
    hedged += limit.limit() < 2s ? 1 : 0;
    limit.handle_latency(2s);
  }
  EXPECT_LE(hedged, 200);
  EXPECT_GE(limit.limit(), 2s);
}

TEST(TryLimit, ComesDownAgainWhenThePoolRecovers) {
  TryLimit limit(kTimeout);
  feed(limit, 2s, 1000);
  ASSERT_GE(limit.limit(), 2s);
  feed(limit, 2ms, 6000);
  EXPECT_EQ(limit.limit(), TryLimit::kFloor);
}

TEST(TryLimit, AThawedMembersBacklogDoesNotSwitchHedgingOff) {
  TryLimit limit(kTimeout);
  feed(limit, 2ms, 5000);
  feed(limit, 10s, 100);
  EXPECT_LE(limit.limit(), 500ms);
}

TEST(TryLimit, LeavesTheSecondMemberHalfOfTheFirstByteTimeout) {
  TryLimit limit(1s);
  feed(limit, 1h, 1000);
  EXPECT_EQ(limit.limit(), 500ms);
}

TEST(TryLimit, AConfiguredLimitIsNotLearned) {
  TryLimit limit(kTimeout, 300ms);
  EXPECT_EQ(limit.limit(), 300ms);
  feed(limit, 2s, 1000);
  EXPECT_EQ(limit.limit(), 300ms);
  EXPECT_EQ(TryLimit(100ms, 300ms).limit(), 100ms);
}

TEST(TryLimit, WhatWasLearnedSurvivesAReloadThatChangesTheBounds) {
  TryLimit limit(kTimeout);
  feed(limit, 100ms, 500);
  const Duration learned = limit.limit();
  ASSERT_GE(learned, 300ms);
  limit.set_bounds(200ms, 0s);
  EXPECT_EQ(limit.limit(), 100ms);
  limit.set_bounds(kTimeout, 70ms);
  EXPECT_EQ(limit.limit(), 70ms);
  limit.set_bounds(kTimeout, 0s);
  EXPECT_EQ(limit.limit(), learned);
}

TEST(TryLimit, FollowsLatenciesOfEveryMagnitudeWithinItsError) {
  for (Duration latency = 20ms; latency < 60s; latency = latency * 13 / 10) {
    TryLimit limit(1h);
    feed(limit, latency, 3000);
    EXPECT_GE(limit.limit(), 3 * latency);
    EXPECT_LE(limit.limit(), 3 * latency + 3 * latency / 4 + 1ms);
  }
}

}  // namespace
}  // namespace stead::core::retry
