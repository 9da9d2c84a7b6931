#include "core/retry/idle_trust.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace stead::core::retry {
namespace {

constexpr Instant kStart{1'000s};
constexpr Duration kPoolBound = 60s;

void reuse(IdleTrust& trust, Duration idle_age, std::uint32_t times = IdleTrust::kReusesToTrust) {
  for (std::uint32_t i = 0; i < times; ++i) trust.handle_reuse_ok(idle_age);
}

TEST(IdleTrust, NothingKnownThePoolsBoundHolds) {
  IdleTrust trust(kPoolBound);
  EXPECT_EQ(trust.max_idle_age(kStart), kPoolBound);
  trust.set_pool_idle_timeout(10s);
  EXPECT_EQ(trust.max_idle_age(kStart), 10s);
}

TEST(IdleTrust, AHeaderIsBelievedLessASecond) {
  IdleTrust trust(kPoolBound);
  trust.handle_keep_alive_header(5s);
  EXPECT_EQ(trust.max_idle_age(kStart), 4s);
  trust.handle_keep_alive_header(1s);
  EXPECT_EQ(trust.max_idle_age(kStart), 500ms);
  trust.handle_keep_alive_header(0s);
  EXPECT_EQ(trust.max_idle_age(kStart), 0s) << "it keeps none";
}

TEST(IdleTrust, AHeaderBeyondThePoolsBoundOrReasonChangesNothing) {
  IdleTrust trust(kPoolBound);
  for (const std::chrono::seconds timeout : {std::chrono::seconds(300), std::chrono::seconds::max()}) {
    trust.handle_keep_alive_header(timeout);
    EXPECT_EQ(trust.max_idle_age(kStart), kPoolBound);
  }
  trust.handle_keep_alive_header(std::chrono::seconds(-5));
  EXPECT_EQ(trust.max_idle_age(kStart), 0s);
}

TEST(IdleTrust, ASingleCloseIsBelievedForAMinute) {
  IdleTrust trust(kPoolBound);
  trust.handle_closed_while_idle(kStart, 5s);
  EXPECT_EQ(trust.max_idle_age(kStart), 4s);
  EXPECT_EQ(trust.max_idle_age(kStart + 59s), 4s);
  EXPECT_EQ(trust.max_idle_age(kStart + 60s), kPoolBound);
}

TEST(IdleTrust, ASecondCloseAtTheSameAgeMakesItAHabit) {
  IdleTrust trust(kPoolBound);
  trust.handle_closed_while_idle(kStart, 5s);
  trust.handle_closed_while_idle(kStart + 90s, 5100ms);
  EXPECT_EQ(trust.max_idle_age(kStart + 600s), 4s);
  EXPECT_EQ(trust.max_idle_age(kStart + 700s), kPoolBound) << "a member may have been set up anew";
}

TEST(IdleTrust, WhatARestartClosesAtOnceIsOneSighting) {
  IdleTrust trust(kPoolBound);
  for (const Duration age : {Duration(5s), Duration(5s), Duration(5100ms), Duration(900ms), Duration(950ms)}) {
    trust.handle_closed_while_idle(kStart, age);
  }
  EXPECT_LT(trust.max_idle_age(kStart), 900ms) << "cautious at first";
  EXPECT_EQ(trust.max_idle_age(kStart + 60s), kPoolBound) << "forgotten after a minute";
}

TEST(IdleTrust, ClosesOfYoungConnectionsAreNoTimeout) {
  IdleTrust trust(kPoolBound);
  for (int i = 0; i < 100; ++i) trust.handle_closed_while_idle(kStart + i * 1s, 2ms);
  EXPECT_EQ(trust.max_idle_age(kStart + 100s), kPoolBound) << "or a member that closes 5 % at once would get no reuse";
}

TEST(IdleTrust, TheShortestOfAllBoundsHolds) {
  IdleTrust trust(10s);
  trust.handle_keep_alive_header(8s);
  EXPECT_EQ(trust.max_idle_age(kStart), 7s);
  trust.handle_closed_while_idle(kStart, 3s);
  EXPECT_EQ(trust.max_idle_age(kStart), 2400ms);
  trust.set_pool_idle_timeout(1s);
  EXPECT_EQ(trust.max_idle_age(kStart), 1s);
}

TEST(IdleTrust, TrustIsEarnedByAHundredReuses) {
  IdleTrust trust(kPoolBound);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 1ms));
  reuse(trust, 1s, IdleTrust::kReusesToTrust - 1);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 1ms));
  reuse(trust, 1s, 1);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart, 1ms));
}

TEST(IdleTrust, AFailedReuseCostsTrustForAMinuteAndAHundredReuses) {
  IdleTrust trust(kPoolBound);
  reuse(trust, 1s);
  trust.handle_reuse_failed(kStart, 10ms);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 1ms));
  reuse(trust, 1s);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart + 59s, 1ms)) << "the minute is not over";
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart + 60s, 1ms));
}

TEST(IdleTrust, TimeAloneDoesNotBringTrustBack) {
  IdleTrust trust(kPoolBound);
  reuse(trust, 1s);
  trust.handle_closed_while_idle(kStart, 10ms);
  reuse(trust, 1s, IdleTrust::kReusesToTrust - 1);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart + 1h, 1ms));
}

TEST(IdleTrust, AnEarlyCloseIsASurpriseAndOneAtTheKnownTimeoutIsNot) {
  IdleTrust trust(kPoolBound);
  trust.handle_keep_alive_header(5s);
  reuse(trust, 1s);
  trust.handle_closed_while_idle(kStart, 5s);
  trust.handle_closed_while_idle(kStart, 4100ms);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart, 1s)) << "as promised";
  trust.handle_closed_while_idle(kStart, 2s);
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 1s));
}

TEST(IdleTrust, AnObservedTimeoutSurprisesOnlyOnce) {
  IdleTrust trust(kPoolBound);
  trust.handle_closed_while_idle(kStart, 5s);
  reuse(trust, 1s);
  trust.handle_closed_while_idle(kStart + 50s, 5s);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart + 60s, 1s));
}

TEST(IdleTrust, AConnectionNearTheTimeoutCarriesNoUnrepeatableRequest) {
  IdleTrust trust(kPoolBound);
  trust.handle_keep_alive_header(5s);
  reuse(trust, 100ms);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart, 4s)) << "a promise covers ages that were never tried";
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 4001ms));
}

TEST(IdleTrust, WithoutAPromiseTrustReachesOnlyTwiceAsFarAsItWasTried) {
  IdleTrust trust(kPoolBound);
  reuse(trust, 1s);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart, 2s));
  EXPECT_FALSE(trust.trusted_for_unrepeatable(kStart, 2001ms));
  trust.handle_reuse_ok(10s);
  EXPECT_TRUE(trust.trusted_for_unrepeatable(kStart, 20s));
}

TEST(IdleTrust, AMemberThatClosesFivePercentIsNotTrustedUnderLoad) {
  IdleTrust trust(kPoolBound);
  Random random(3);
  int trusted = 0;
  for (Instant now = kStart; now < kStart + 60s; now += 2ms) {
    if (random.below(20) == 0) {
      trust.handle_closed_while_idle(now, 1ms);
    } else {
      trust.handle_reuse_ok(1ms);
    }
    trusted += trust.trusted_for_unrepeatable(now, 1ms) ? 1 : 0;
  }
  EXPECT_EQ(trusted, 0) << "500 requests a second over a minute";
}

// A member with a timeout of its own, and a client that asks only what IdleTrust allows: after the first surprise, no
// reused connection fails for a client that keeps to max_idle_age.
TEST(IdleTrust, KeepsRequestsAwayFromAnUnknownTimeout) {
  for (const Duration timeout : {Duration(1s), Duration(2s), Duration(5s), Duration(20s)}) {
    IdleTrust trust(kPoolBound);
    Random random(11);
    Instant now = kStart;
    int failures = 0;
    for (int i = 0; i < 2000 && now < kStart + 9min; ++i) {
      const Duration idle{static_cast<std::int64_t>(random.unit() * 1.5 * static_cast<double>(timeout.count()))};
      now += idle;
      if (idle > trust.max_idle_age(now)) continue;  // we close it ourselves
      // The last 20 ms before the FIN arrives are the hazard; earlier we see the FIN, later it still works.
      if (idle > timeout) {
        trust.handle_closed_while_idle(now, timeout);
      } else if (idle > timeout - 20ms) {
        trust.handle_reuse_failed(now, idle);
        ++failures;
      } else {
        trust.handle_reuse_ok(idle);
      }
    }
    EXPECT_LE(failures, 2) << to_ms(timeout) << " ms";
  }
}

}  // namespace
}  // namespace stead::core::retry
