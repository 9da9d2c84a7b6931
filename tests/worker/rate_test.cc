#include "worker/rate.h"

#include <gtest/gtest.h>

namespace stead::worker {
namespace {

constexpr Instant kBegin{100s};

TEST(Rate, IsKnownFromTheSecondSampleOn) {
  Rate rate;
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(kBegin, 1000);
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(kBegin + 1s, 1200);
  EXPECT_DOUBLE_EQ(rate.per_second(), 200);
}

TEST(Rate, FollowsAChangeAndEndsAtZero) {
  Rate rate;
  std::uint64_t count = 0;
  Instant now = kBegin;
  for (int i = 0; i <= 30; ++i, now += 1s) rate.sample(now, count += 100);
  EXPECT_NEAR(rate.per_second(), 100, 0.1);
  for (int i = 0; i < 60; ++i, now += 1s) rate.sample(now, count);
  EXPECT_EQ(rate.per_second(), 0);
}

TEST(Rate, ACounterThatBeganAnewIsNoNegativeRate) {
  Rate rate;
  rate.sample(kBegin, 1'000'000);
  rate.sample(kBegin + 1s, 10);
  EXPECT_DOUBLE_EQ(rate.per_second(), 10);
  rate.sample(kBegin + 1s, 20);  // no time has passed
  EXPECT_DOUBLE_EQ(rate.per_second(), 10);
}

}  // namespace
}  // namespace stead::worker
