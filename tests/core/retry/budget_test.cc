#include "core/retry/budget.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/random.h"

namespace stead::core::retry {
namespace {

constexpr Instant kStart{1'000s};

int spend_all(Budget& budget, Instant now, int tries = 10'000) {
  int spent = 0;
  for (int i = 0; i < tries; ++i) spent += budget.try_spend(now) ? 1 : 0;
  return spent;
}

TEST(Budget, AQuietPoolHasItsFloor) {
  Budget budget;
  EXPECT_EQ(spend_all(budget, kStart), 10);
  EXPECT_EQ(spend_all(budget, kStart + 1s), 3);
  EXPECT_EQ(spend_all(budget, kStart + 1h), 10) << "it saves up no more than its burst";
}

TEST(Budget, AFifthOfTheRequestsMayBeRepeated) {
  Budget budget({.ratio = 0.2, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int i = 0; i < 1000; ++i) budget.handle_request(kStart);
  EXPECT_EQ(spend_all(budget, kStart), 200);
}

TEST(Budget, TheFloorComesOnTopOfTheShare) {
  Budget budget;
  for (int i = 0; i < 100; ++i) budget.handle_request(kStart);
  EXPECT_EQ(spend_all(budget, kStart), 20 + 10);
}

TEST(Budget, RequestsLeaveTheWindowAfterTenSeconds) {
  Budget budget({.ratio = 0.2, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int i = 0; i < 1000; ++i) budget.handle_request(kStart);
  EXPECT_TRUE(budget.try_spend(kStart + 9'999ms));
  EXPECT_FALSE(budget.try_spend(kStart + 10s));
}

TEST(Budget, SpendingLeavesTheWindowWithItsRequests) {
  Budget budget({.ratio = 0.5, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int i = 0; i < 10; ++i) budget.handle_request(kStart);
  EXPECT_EQ(spend_all(budget, kStart), 5);
  for (int i = 0; i < 10; ++i) budget.handle_request(kStart + 5s);
  EXPECT_EQ(spend_all(budget, kStart + 5s), 5);
  EXPECT_EQ(spend_all(budget, kStart + 12s), 0) << "of the second ten, the five are spent";
  for (int i = 0; i < 10; ++i) budget.handle_request(kStart + 12s);
  EXPECT_EQ(spend_all(budget, kStart + 12s), 5) << "what was spent on the first ten is forgotten with them";
}

TEST(Budget, WithRatioAndFloorZeroNothingIsRepeated) {
  Budget budget({.ratio = 0.0, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int i = 0; i < 100'000; ++i) budget.handle_request(kStart);
  EXPECT_EQ(spend_all(budget, kStart), 0);
}

TEST(Budget, ALongSilenceEmptiesTheWindowAtOnce) {
  Budget budget({.ratio = 1.0, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int second = 0; second < 30; ++second) budget.handle_request(kStart + std::chrono::seconds(second));
  EXPECT_FALSE(budget.try_spend(kStart + 24h));
  budget.handle_request(kStart + 24h);
  EXPECT_TRUE(budget.try_spend(kStart + 24h));
}

TEST(Budget, AReloadKeepsWhatWasCounted) {
  Budget budget({.ratio = 0.2, .floor_per_second = 0.0, .floor_burst = 0.0});
  for (int i = 0; i < 100; ++i) budget.handle_request(kStart);
  EXPECT_EQ(spend_all(budget, kStart), 20);
  budget.set_config({.ratio = 0.5, .floor_per_second = 0.0, .floor_burst = 0.0});
  EXPECT_EQ(spend_all(budget, kStart), 30);
  budget.set_config({.ratio = 0.1, .floor_per_second = 0.0, .floor_burst = 0.0});
  EXPECT_EQ(spend_all(budget, kStart), 0);
}

// Whatever the traffic: what was spent in nine seconds, which the window surely covers, was spent at the latest of
// those moments, for requests of at most ten seconds before it; and the floor gives 10 + 9 x 3.
TEST(Budget, NoStormGetsPastIt) {
  Random random(7);
  for (int world = 0; world < 50; ++world) {
    Budget budget;
    std::deque<Instant> requests;
    std::deque<Instant> spent;
    Instant now = kStart;
    for (int i = 0; i < 3000; ++i) {
      now += Duration{random.below(random.below(20) == 0 ? 2'000'000'000 : 20'000'000)};
      if (random.below(3) > 0) {
        budget.handle_request(now);
        requests.push_back(now);
      }
      while (budget.try_spend(now)) spent.push_back(now);
      while (!requests.empty() && requests.front() <= now - 19s) requests.pop_front();
      while (!spent.empty() && spent.front() <= now - 9s) spent.pop_front();
      ASSERT_LE(static_cast<double>(spent.size()), 0.2 * static_cast<double>(requests.size()) + 37.0)
          << "world " << world;
    }
  }
}

}  // namespace
}  // namespace stead::core::retry
