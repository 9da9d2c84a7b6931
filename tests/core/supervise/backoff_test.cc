#include "core/supervise/backoff.h"

#include <gtest/gtest.h>

namespace stead::core::supervise {
namespace {

constexpr Instant kStart{1'000s};

TEST(Backoff, TheFirstThreeDeathsAreRepairedAtOnce) {
  Backoff backoff;
  for (int death = 0; death < 3; ++death) EXPECT_EQ(backoff.handle_death(kStart), 0s);
  EXPECT_EQ(backoff.handle_death(kStart), 100ms);
  EXPECT_EQ(backoff.deaths(), 4U);
}

TEST(Backoff, TheWaitDoublesToFiveSecondsAndStaysThere) {
  Backoff backoff;
  Instant now = kStart;
  for (int death = 0; death < 3; ++death) backoff.handle_death(now);
  for (const Duration expected : {Duration(100ms), Duration(200ms), Duration(400ms), Duration(800ms), Duration(1600ms),
                                  Duration(3200ms), Duration(5s), Duration(5s), Duration(5s)}) {
    const Duration delay = backoff.handle_death(now);
    EXPECT_EQ(delay, expected);
    now += delay;
  }
}

TEST(Backoff, DeathsThatAreFarApartCostNoWait) {
  Backoff backoff;
  for (int death = 0; death < 100; ++death) {
    backoff.handle_healthy(kStart + death * 4s);
    EXPECT_EQ(backoff.handle_death(kStart + death * 4s), 0s) << "three in ten seconds, never four";
  }
}

TEST(Backoff, HalfAMinuteOfHealthForgivesEverything) {
  Backoff backoff;
  for (int death = 0; death < 6; ++death) backoff.handle_death(kStart);
  backoff.handle_healthy(kStart + 1s);
  EXPECT_EQ(backoff.handle_death(kStart + 31s), 0s);
  EXPECT_EQ(backoff.deaths(), 1U);
}

TEST(Backoff, LessHealthDoesNotNorDoesTimeWithoutHealth) {
  Backoff backoff;
  for (int death = 0; death < 4; ++death) backoff.handle_death(kStart);
  backoff.handle_healthy(kStart + 1s);
  EXPECT_EQ(backoff.handle_death(kStart + 30s), 200ms);
  EXPECT_EQ(backoff.handle_death(kStart + 90s), 400ms) << "a start that hangs for a minute is not health";
}

}  // namespace
}  // namespace stead::core::supervise
