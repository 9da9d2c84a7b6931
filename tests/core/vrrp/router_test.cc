// What the router does beyond the RFC: handover, sleep, priorities that change, preemption and its delays.
#include "tests/core/vrrp/router_fixture.h"

namespace stead::core::vrrp::testing {
namespace {

class Routers : public RouterTest {};

TEST_F(Routers, AHandoverGoesOnServingInTheLowestPriorityUntilABetterOneIsHeard) {
  make_active(config());
  router->handle_handover(now);
  EXPECT_EQ(said(), "advert 1");
  pass(256ms);
  EXPECT_EQ(said(false), "advert 1");
  EXPECT_EQ(router->state(), State::Active);
  hear(2);
  EXPECT_EQ(said(), "release, backup (handed over)") << "whom we have asked is no second owner";
  EXPECT_TRUE(router->leaving());
}

TEST_F(Routers, AfterAHandoverItIsStillThereForWhenTheOthersFail) {
  make_active(config());
  router->handle_handover(now);
  hear(2);
  said();
  pass(3 * 256ms + 255ms);
  EXPECT_EQ(said(), "advert 1, claim, active (silence), announce");
  hear(2);
  EXPECT_EQ(router->state(), State::Backup);
}

TEST_F(Routers, ATakebackBringsThePriorityBack) {
  make_active(config());
  router->handle_handover(now);
  hear(2);
  router->handle_takeback(now);
  EXPECT_FALSE(router->leaving());
  said();
  for (int i = 0; i < 4; ++i) {
    pass(256ms);
    if (router->state() == State::Backup) hear(2);
  }
  EXPECT_EQ(router->state(), State::Active) << "one of a lower priority is preempted";
}

TEST_F(Routers, ATakebackBeforeAnybodyCameIsHeardAtOnce) {
  make_active(config());
  router->handle_handover(now);
  said();
  router->handle_takeback(now);
  EXPECT_EQ(said(), "advert 128");
}

TEST_F(Routers, ABackupThatSleptThroughItsTimerListensOnceMore) {
  make(config());
  said();
  now += 896ms + 1ns;
  router->handle_timeout(now);
  EXPECT_EQ(said(), "") << "silence that nobody listened to proves nothing";
  EXPECT_EQ(router->active_down_due(), now + 2 * 256ms + 128ms);
  hear(200);
  pass(800ms);
  EXPECT_EQ(router->state(), State::Backup) << "somebody was active after all";
}

TEST_F(Routers, ABackupThatSleptForABitOnlyTakesOver) {
  make(config());
  pass(768ms);  // it ran at every interval
  now += 384ms;
  router->handle_timeout(now);
  EXPECT_EQ(router->state(), State::Active);
}

TEST_F(Routers, ASleepDoesNotShortenTheWait) {
  RouterConfig later = config();
  later.startup_delay = 10s;
  make(later);
  now += 1s;
  router->handle_timeout(now);
  EXPECT_EQ(router->active_down_due(), Instant{1000s} + 10s);
}

TEST_F(Routers, AnActiveRouterThatSleptStepsBackAndListens) {
  make_active(config());
  now += 256ms + 896ms + 1ns;
  router->handle_timeout(now);
  EXPECT_EQ(said(), "release, backup (stalled)");
  pass(2 * 256ms + 128ms);
  EXPECT_EQ(said(false), "advert 128, claim, active (silence)") << "nobody had taken over";
}

TEST_F(Routers, AnAdvertThatWasWaitingWhileItSleptFindsABackup) {
  make_active(config());
  now += 10s;
  hear(127);
  EXPECT_EQ(said(), "release, backup (stalled)") << "and no answer that would make two";
  hear(200);
  router->handle_timeout(now);
  EXPECT_EQ(said(), "");
  EXPECT_EQ(router->active_down_due(), now + 896ms);
}

TEST_F(Routers, AnOwnerDoesNotStepBack) {
  make(config(255));
  said();
  now += 100s;
  router->handle_timeout(now);
  EXPECT_EQ(router->state(), State::Active);
}

TEST_F(Routers, OneThatHadTheAddressesAMomentAgoGoesOnWithThem) {
  router.emplace(config());
  router->handle_start(now, true);
  EXPECT_EQ(said(), "advert 128, claim, active (resumed), announce");
}

TEST_F(Routers, PriorityZeroTakesANodeOutAndAnotherTakesItInAgain) {
  make_active(config());
  router->handle_priority(now, 0);
  EXPECT_EQ(said(), "advert 0, release, initialize (disabled)");
  EXPECT_EQ(router->next_timeout(), std::nullopt);
  hear(200);
  EXPECT_EQ(said(), "");
  router->handle_priority(now, 100);
  EXPECT_EQ(said(), "backup (started)");
  EXPECT_EQ(router->priority(), 100);
}

TEST_F(Routers, AnOwnerThatCannotServeGivesUpToo) {
  make(config(255));
  said();
  router->handle_priority(now, 0);
  EXPECT_EQ(said(), "advert 0, release, initialize (disabled)");
  router->handle_priority(now, 255);
  EXPECT_EQ(said(), "advert 255, claim, active (started), announce");
}

TEST_F(Routers, ANodeThatIsOutBeforeItStartsWaitsToBeTakenIn) {
  router.emplace(config());
  router->handle_priority(now, 0);
  router->handle_start(now);
  EXPECT_EQ(said(), "");
  EXPECT_EQ(router->state(), State::Initialize);
  router->handle_priority(now, 128);
  EXPECT_EQ(said(), "backup (started)");
}

TEST_F(Routers, AnotherPriorityIsSaidAtOnce) {
  make_active(config());
  router->handle_priority(now, 50);
  EXPECT_EQ(said(), "advert 50");
  hear(51);
  EXPECT_EQ(router->state(), State::Backup);
}

TEST_F(Routers, WithoutPreemptionAReturningNodeLeavesTheActiveOneInPeace) {
  RouterConfig without = config(200);
  without.preempt = false;
  make(without);
  for (int i = 0; i < 20; ++i) {
    pass(256ms);
    hear(100);
  }
  EXPECT_EQ(router->state(), State::Backup);
}

TEST_F(Routers, WithoutPreemptionOneThatLowersItsOwnPriorityIsSucceeded) {
  RouterConfig without = config(200);
  without.preempt = false;
  make(without);
  hear(254);
  said();
  for (int i = 0; i < 4; ++i) {
    pass(250ms);
    if (router->state() == State::Backup) hear(1);
  }
  EXPECT_EQ(router->state(), State::Active);
}

TEST_F(Routers, WithADelayPreemptionWaits) {
  RouterConfig later = config(200);
  later.preempt_delay = 5s;
  make(later);
  while (now < Instant{1000s} + 5s) {
    pass(256ms);
    hear(100);
    ASSERT_EQ(router->state(), State::Backup);
  }
  for (int i = 0; i < 5 && router->state() == State::Backup; ++i) {
    pass(256ms);
    if (router->state() == State::Backup) hear(100);
  }
  EXPECT_EQ(router->state(), State::Active);
}

TEST_F(Routers, ADelayedStartListensAtLeastSoLong) {
  RouterConfig later = config();
  later.startup_delay = 10s;
  make(later);
  EXPECT_EQ(router->active_down_due(), now + 10s);
  hear(200);
  EXPECT_EQ(router->active_down_due(), now + 896ms) << "one that is active has shown that the link works";
}

TEST_F(Routers, AnnouncementsComeInABurstThenLaterThenNowAndThen) {
  make(config());
  pass(896ms);
  said();
  std::vector<Duration> at;
  const Instant begin = now;
  while (now < begin + 130s) {
    const Instant next = *router->next_timeout();
    now = next;
    router->handle_timeout(now);
    if (said().find("announce") != std::string::npos) at.push_back(now - begin);
  }
  EXPECT_EQ(at, (std::vector<Duration>{20ms, 120ms, 620ms, 2620ms, 7620ms, 67620ms, 127620ms}));
}

TEST_F(Routers, ASecondOwnerMakesItAnnounceAgain) {
  make_active(config());
  pass(30s);
  said();
  hear(100);
  EXPECT_EQ(said(), "second 100, advert 128, announce");
  pass(20ms);
  EXPECT_EQ(said(), "announce");
}

TEST_F(Routers, AChangeSaysWhomItIsAboutAndHowLongThatOneWasSilent) {
  make(config());
  hear(200);
  said();
  pass(896ms - 1ns);
  said();
  now += 1ns;
  router->handle_timeout(now);
  std::optional<Changed> changed;
  while (const std::optional<Action> action = router->poll_action()) {
    if (const Changed* one = std::get_if<Changed>(&*action)) changed = *one;
  }
  ASSERT_TRUE(changed.has_value());
  EXPECT_EQ(changed->peer, kAbove);
  EXPECT_EQ(changed->peer_priority, 200);
  EXPECT_EQ(changed->silence, 896ms);
}

}  // namespace
}  // namespace stead::core::vrrp::testing
