// The wheel against a model that keeps every deadline in a list: late by at most one tick, never early, never lost.
#include "net/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "base/random.h"

namespace stead::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kStart{100s};

struct Named : Timer {
  int name = 0;
};

class TimerWheelTest : public testing::Test {
 protected:
  std::vector<int> advance(Duration since_start) {
    std::vector<int> fired;
    wheel_.advance(kStart + since_start, [&](Timer& timer) { fired.push_back(static_cast<Named&>(timer).name); });
    return fired;
  }

  TimerWheel wheel_{kStart};
};

TEST_F(TimerWheelTest, FiresAfterTheDeadlineAndOnce) {
  Named timer;
  timer.name = 1;
  wheel_.set(timer, kStart + 50ms);
  EXPECT_THAT(advance(49ms), IsEmpty());
  EXPECT_THAT(advance(56ms), ElementsAre(1));
  EXPECT_FALSE(timer.armed());
  EXPECT_THAT(advance(10s), IsEmpty());
}

TEST_F(TimerWheelTest, ADeadlineMayMoveBothWays) {
  Named later;
  later.name = 1;
  Named sooner;
  sooner.name = 2;
  wheel_.set(later, kStart + 50ms);
  wheel_.set(later, kStart + 200ms);
  wheel_.set(sooner, kStart + 200ms);
  wheel_.set(sooner, kStart + 50ms);
  EXPECT_THAT(advance(60ms), ElementsAre(2));
  EXPECT_THAT(advance(195ms), IsEmpty());
  EXPECT_THAT(advance(210ms), ElementsAre(1));
}

TEST_F(TimerWheelTest, DisarmedAndCancelledTimersDoNotFire) {
  Named disarmed;
  Named cancelled;
  wheel_.set(disarmed, kStart + 50ms);
  wheel_.set(cancelled, kStart + 50ms);
  wheel_.disarm(disarmed);
  wheel_.cancel(cancelled);
  EXPECT_THAT(advance(1s), IsEmpty());
  wheel_.set(disarmed, kStart + 2s);
  EXPECT_THAT(advance(3s), ElementsAre(0));
}

TEST_F(TimerWheelTest, DeadlinesBeyondARoundAreKept) {
  Named timer;
  timer.name = 1;
  wheel_.set(timer, kStart + 1h);
  for (Duration at = 0s; at < 1h; at += 1s) ASSERT_THAT(advance(at), IsEmpty());
  EXPECT_THAT(advance(1h + 5ms), ElementsAre(1));
}

TEST_F(TimerWheelTest, AStallOfAnyLengthLosesNothing) {
  std::array<Named, 3> timers;
  for (int i = 0; i < 3; ++i) timers[static_cast<std::size_t>(i)].name = i;
  wheel_.set(timers[0], kStart + 10ms);
  wheel_.set(timers[1], kStart + 4s);
  wheel_.set(timers[2], kStart + 1min);
  EXPECT_THAT(advance(10min), testing::UnorderedElementsAre(0, 1, 2));
}

TEST_F(TimerWheelTest, WhatFiresMayTouchTheOthers) {
  std::array<Named, 3> timers;
  for (int i = 0; i < 3; ++i) timers[static_cast<std::size_t>(i)].name = i;
  for (Named& timer : timers) wheel_.set(timer, kStart + 50ms);
  std::vector<int> fired;
  const auto fire = [&](Timer& timer) {
    fired.push_back(static_cast<Named&>(timer).name);
    if (fired.size() > 1) return;
    wheel_.cancel(timers[1]);
    wheel_.set(timers[0], kStart + 100ms);
  };
  wheel_.advance(kStart + 60ms, fire);
  EXPECT_THAT(fired, ElementsAre(0, 2));
  wheel_.advance(kStart + 110ms, fire);
  EXPECT_THAT(fired, ElementsAre(0, 2, 0));
}

// Random orders to many timers, compared with what a list of deadlines would do.
TEST_F(TimerWheelTest, DoesWhatAListWouldDo) {
  constexpr std::size_t kTimers = 200;
  std::array<Named, kTimers> timers;
  std::array<std::optional<Instant>, kTimers> model;
  for (std::size_t i = 0; i < kTimers; ++i) timers[i].name = static_cast<int>(i);
  Random random(1);
  Instant now = kStart;
  for (int step = 0; step < 20'000; ++step) {
    const auto which = static_cast<std::size_t>(random.below(kTimers));
    switch (random.below(8)) {
      case 0:
        wheel_.cancel(timers[which]);
        model[which].reset();
        break;
      case 1:
        wheel_.disarm(timers[which]);
        model[which].reset();
        break;
      default:
        model[which] = now + random.below(step % 10 == 0 ? 60'000 : 500) * 1ms;
        wheel_.set(timers[which], *model[which]);
    }
    now += random.below(random.below(100) == 0 ? 8'000'000 : 4'000) * 1us;
    wheel_.advance(now, [&](Timer& timer) {
      std::optional<Instant>& expected = model[static_cast<std::size_t>(static_cast<Named&>(timer).name)];
      ASSERT_TRUE(expected.has_value());
      ASSERT_LE(*expected, now) << "early";
      expected.reset();
    });
    for (const auto& expected : model) ASSERT_TRUE(!expected || *expected > now - TimerWheel::kTick) << "lost";
  }
  for (Named& timer : timers) wheel_.cancel(timer);
}

}  // namespace
}  // namespace stead::net
