// RFC 9568 section 6, sentence by sentence.
#include "tests/core/vrrp/router_fixture.h"

namespace stead::core::vrrp::testing {
namespace {

class Rfc9568 : public RouterTest {};

// 6.1: "Skew_Time: Time to skew Active_Down_Timer in centiseconds. Calculated as (((256 - Priority) *
// Active_Adver_Interval) / 256)."
TEST_F(Rfc9568, SkewIsLongerTheLowerThePriority) {
  for (const auto& [priority, skew] :
       {std::pair<std::uint8_t, Duration>{1, 255ms}, {100, 156ms}, {128, 128ms}, {254, 2ms}, {255, 1ms}}) {
    EXPECT_EQ(Router(config(priority)).skew(), skew);
  }
}

// 6.1: "Active_Down_Interval: Time interval for the Backup Router to declare the Active Router down. Calculated as (3 *
// Active_Adver_Interval) + Skew_Time."
TEST_F(Rfc9568, ActiveDownIsThreeIntervalsAndTheSkew) {
  EXPECT_EQ(Router(config()).active_down_interval(), 3 * 256ms + 128ms);
}

// 6.4.1: "If a Startup event is received, then: If the Priority = 255: Send an ADVERTISEMENT; … broadcast a gratuitous
// ARP message …; Set the Adver_Timer to Advertisement_Interval; Transition to the {Active} state."
TEST_F(Rfc9568, AnOwnerIsActiveFromTheStart) {
  make(config(255));
  EXPECT_EQ(said(), "advert 255, claim, active (started), announce");
  pass(256ms);
  EXPECT_EQ(said(false), "advert 255");
}

// 6.4.1: "else: Set Active_Adver_Interval to Advertisement_Interval; Set the Active_Down_Timer to Active_Down_Interval;
// Transition to the {Backup} state."
TEST_F(Rfc9568, AnybodyElseBeginsAsABackup) {
  make(config());
  EXPECT_EQ(said(), "backup (started)");
  EXPECT_EQ(router->active_down_due(), now + 896ms);
}

// 6.4.2: "If a Shutdown event is received, then: Cancel the Active_Down_Timer; Transition to the {Initialize} state."
TEST_F(Rfc9568, ABackupThatStopsSaysNothing) {
  make(config());
  said();
  router->handle_stop(now);
  EXPECT_EQ(said(), "initialize (stopped)");
  EXPECT_EQ(router->next_timeout(), std::nullopt);
}

// 6.4.2: "If the Active_Down_Timer fires, then: Send an ADVERTISEMENT; … broadcast a gratuitous ARP …; Set the
// Adver_Timer to Advertisement_Interval; Transition to the {Active} state."
TEST_F(Rfc9568, ABackupThatHearsNothingTakesOver) {
  make(config());
  said();
  pass(896ms - 1ns);
  EXPECT_EQ(said(), "");
  pass(1ns);
  EXPECT_EQ(said(), "advert 128, claim, active (silence), announce");
  EXPECT_EQ(router->state(), State::Active);
}

// 6.4.2: "If an ADVERTISEMENT is received, then: If the Priority in the ADVERTISEMENT is zero, then: Set the
// Active_Down_Timer to Skew_Time."
TEST_F(Rfc9568, WhenTheActiveRouterGivesUpABackupWaitsForItsSkewOnly) {
  make(config());
  hear(200);
  said();
  hear(0);
  EXPECT_EQ(router->active_down_due(), now + 128ms);
  pass(128ms);
  EXPECT_EQ(said(), "advert 128, claim, active (resigned), announce");
}

// 6.4.2: "If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is greater than or equal to the local
// Priority, then: Set Active_Adver_Interval to Adver Interval contained in the ADVERTISEMENT; Recompute the
// Active_Down_Interval; Reset the Active_Down_Timer to Active_Down_Interval."
TEST_F(Rfc9568, AdvertsOfTheSameOrAHigherPriorityAreHeardAndTheirIntervalLearned) {
  for (const std::uint8_t priority : {std::uint8_t{128}, std::uint8_t{200}, std::uint8_t{255}}) {
    make(config());
    pass(500ms);
    hear(priority, kAbove, 512ms);
    EXPECT_EQ(router->active_down_due(), now + 3 * 512ms + 256ms);
  }
}

TEST_F(Rfc9568, WithoutPreemptionLowerPrioritiesAreHeardAsWell) {
  RouterConfig without = config();
  without.preempt = false;
  make(without);
  pass(500ms);
  hear(1, kAbove, 512ms);
  EXPECT_EQ(router->active_down_due(), now + 3 * 512ms + 256ms);
}

// 6.4.2: "else // Preempt was true and priority was less: Discard the ADVERTISEMENT."
TEST_F(Rfc9568, AdvertsOfALowerPriorityDoNotResetTheTimer) {
  make(config());
  said();
  for (int i = 0; i < 3; ++i) {
    pass(250ms);
    hear(127, kAbove, 512ms);
    EXPECT_EQ(router->active_down_due(), Instant{1000s} + 896ms);
  }
  pass(146ms);
  EXPECT_EQ(said(), "advert 128, claim, active (preempted), announce");
}

// 6.4.3: "If a Shutdown event is received, then: Cancel the Adver_Timer; Send an ADVERTISEMENT with Priority = 0;
// Transition to the {Initialize} state."
TEST_F(Rfc9568, AnActiveRouterThatStopsSaysSo) {
  make_active(config());
  router->handle_stop(now);
  EXPECT_EQ(said(), "advert 0, release, initialize (stopped)");
  EXPECT_EQ(router->next_timeout(), std::nullopt);
}

// 6.4.3: "If the Adver_Timer fires, then: Send an ADVERTISEMENT; Reset the Adver_Timer to Advertisement_Interval."
TEST_F(Rfc9568, AnActiveRouterSaysThatItIsThereEveryInterval) {
  make_active(config());
  for (int i = 0; i < 5; ++i) {
    pass(256ms - 1ns);
    EXPECT_EQ(said(false), "");
    pass(1ns);
    EXPECT_EQ(said(false), "advert 128");
  }
}

// 6.4.3: "If an ADVERTISEMENT is received, then: If the Priority in the ADVERTISEMENT is zero, then: Send an
// ADVERTISEMENT; Reset the Adver_Timer to Advertisement_Interval."
TEST_F(Rfc9568, AnActiveRouterAnswersOneThatGivesUpAtOnce) {
  make_active(config());
  pass(100ms);
  said();
  hear(0);
  EXPECT_EQ(said(), "advert 128");
  pass(256ms - 1ns);
  EXPECT_EQ(said(false), "");
  pass(1ns);
  EXPECT_EQ(said(false), "advert 128");
}

// 6.4.3: "If the Priority in the ADVERTISEMENT is greater than the local Priority, … then: Cancel Adver_Timer; Set
// Active_Adver_Interval to Adver Interval contained in the ADVERTISEMENT; Recompute the Skew_Time; Recompute the
// Active_Down_Interval; Set Active_Down_Timer to Active_Down_Interval; Transition to the {Backup} state."
TEST_F(Rfc9568, AnActiveRouterYieldsToAHigherPriority) {
  make_active(config());
  hear(129, kBelow, 512ms);
  EXPECT_EQ(said(), "second 129, release, backup (yielded)");
  EXPECT_EQ(router->active_down_due(), now + 3 * 512ms + 256ms);
}

// 6.4.3: "… or if the Priority in the ADVERTISEMENT is equal to the local Priority and the primary IPvX address of the
// sender is greater than the local primary IPvX address …"
TEST_F(Rfc9568, BetweenEqualsTheHigherAddressStays) {
  make_active(config());
  hear(128, kAbove);
  EXPECT_EQ(router->state(), State::Backup);
  make_active(config());
  hear(128, kBelow);
  EXPECT_EQ(router->state(), State::Active);
}

// 6.4.3: "else // new Active logic: Discard the ADVERTISEMENT; Send an ADVERTISEMENT immediately to assert the Active
// state to the sending VRRP Router and to update any learning bridges with the correct Active VRRP Router path."
TEST_F(Rfc9568, ALowerPriorityIsToldAtOnceWhoIsActive) {
  make_active(config());
  pass(100ms);
  said();
  hear(127);
  EXPECT_EQ(said(), "second 127, advert 128, announce");
  EXPECT_EQ(router->state(), State::Active);
}

class Rfc3768 : public RouterTest {
 protected:
  static RouterConfig version_2(std::uint8_t priority) {
    return {.version = Version::V2, .priority = priority, .interval = 1s, .source = kOwn};
  }
};

// RFC 3768 section 6.1: "Skew_Time: Time to skew Master_Down_Interval in seconds. Calculated as: ((256 - Priority) /
// 256)."
TEST_F(Rfc3768, SkewIsCountedInSeconds) {
  EXPECT_EQ(Router(version_2(128)).skew(), 500ms);
  RouterConfig slow = version_2(128);
  slow.interval = 10s;
  EXPECT_EQ(Router(slow).skew(), 500ms);
  EXPECT_EQ(Router(slow).active_down_interval(), 30s + 500ms);
}

// The interval is an agreement, not learned: the gate refuses adverts with another.
TEST_F(Rfc3768, TheIntervalIsNotLearned) {
  make(version_2(128));
  hear(200, kAbove, 9s);
  EXPECT_EQ(router->active_down_due(), now + 3s + 500ms);
}

}  // namespace
}  // namespace stead::core::vrrp::testing
