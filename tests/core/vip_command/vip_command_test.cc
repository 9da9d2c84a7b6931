// When the command that moves an address is run, and when not.
#include "core/vip_command/vip_command.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"

namespace stead::core::vip_command {
namespace {

constexpr Instant kStart{1000s};
constexpr CommandRules kRules{.assert_every = 20s, .timeout = 10s};

// A caller whose runs end when `end` says so, and who writes down what was asked of it.
class VipCommandTest : public ::testing::Test {
 protected:
  void perform() {
    while (const std::optional<Action> action = command_.poll_action()) {
      if (const auto* start = std::get_if<StartCommand>(&*action)) {
        ASSERT_FALSE(running_) << "two at a time";
        running_ = true;
        said_ += start->order == Order::Take ? "take " : "release ";
        continue;
      }
      ASSERT_TRUE(running_) << "nothing to kill";
      said_ += std::get<KillCommand>(*action).late ? "kill-late " : "kill ";
    }
  }
  void active() {
    command_.handle_active(now_);
    turn();
  }
  void give_up() {
    command_.handle_given_up(now_);
    turn();
  }
  void end(bool good) {
    ASSERT_TRUE(running_);
    running_ = false;
    command_.handle_ended(now_, good);
    turn();
  }
  void turn() {
    perform();
    command_.handle_timeout(now_);
    perform();
  }
  void pass(Duration time) {
    now_ += time;
    turn();
  }
  // How long until the next run begins; -1 ms: it never does.
  Duration wait_for_run() {
    const std::optional<Instant> due = command_.next_timeout();
    if (running_ || !due) return -1ms;
    const Duration waited = *due - now_;
    pass(waited);
    EXPECT_TRUE(running_) << "the timer says when";
    return waited;
  }
  // What has been asked since the last time.
  std::string said() {
    std::string said = std::exchange(said_, {});
    if (!said.empty()) said.pop_back();
    return said;
  }

  Instant now_ = kStart;
  VipCommand command_{kRules};
  bool running_ = false;
  std::string said_;
};

TEST_F(VipCommandTest, RunsNothingBeforeTheNodeIsActive) {
  turn();
  pass(1h);
  give_up();
  EXPECT_EQ(said(), "");
  EXPECT_TRUE(command_.idle());
  EXPECT_FALSE(command_.next_timeout());
}

TEST_F(VipCommandTest, TakesAtOnceAndHoldsWhenThatHasSucceeded) {
  active();
  EXPECT_EQ(said(), "take");
  EXPECT_FALSE(command_.holds());
  end(true);
  EXPECT_TRUE(command_.holds());
  EXPECT_FALSE(command_.idle());
}

TEST_F(VipCommandTest, AssertsAgainAsLongAsTheNodeIsActive) {
  active();
  end(true);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(wait_for_run(), kRules.assert_every);
    EXPECT_TRUE(command_.holds()) << "until the contrary is known";
    end(true);
  }
  EXPECT_EQ(said(), "take take take take take take");
}

TEST_F(VipCommandTest, TriesAgainAfterASecondThenDoubledUpToHalfAMinute) {
  active();
  std::vector<Duration> waits;
  for (std::uint32_t i = 1; i <= 8; ++i) {
    end(false);
    EXPECT_EQ(command_.failures(), i);
    EXPECT_FALSE(command_.holds());
    waits.push_back(wait_for_run());
  }
  EXPECT_EQ(waits, (std::vector<Duration>{1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}));
  end(true);
  EXPECT_TRUE(command_.holds());
  EXPECT_EQ(command_.failures(), 0U);
  EXPECT_EQ(wait_for_run(), kRules.assert_every);
  end(false);
  EXPECT_EQ(wait_for_run(), 1s) << "from the beginning";
}

TEST_F(VipCommandTest, NoLongerHoldsWhenItCouldNotBeAssertedAgain) {
  active();
  end(true);
  wait_for_run();
  end(false);
  EXPECT_FALSE(command_.holds());
}

TEST_F(VipCommandTest, KillsARunThatIsLateAndStartsNoOtherBeforeItHasEnded) {
  active();
  pass(kRules.timeout - 1ms);
  EXPECT_EQ(said(), "take");
  pass(1ms);
  EXPECT_EQ(said(), "kill-late");
  EXPECT_FALSE(command_.next_timeout()) << "nothing can be done but wait";
  pass(1h);
  EXPECT_EQ(said(), "") << "killed once";
  end(false);
  EXPECT_EQ(command_.failures(), 1U);
  EXPECT_EQ(wait_for_run(), 1s);
  EXPECT_EQ(said(), "take");
}

TEST_F(VipCommandTest, OneThatSucceedsWhileItIsKilledHasSucceeded) {
  active();
  pass(kRules.timeout);
  end(true);
  EXPECT_TRUE(command_.holds());
}

TEST_F(VipCommandTest, ReleasesOnceWhenTheAddressIsGivenUp) {
  active();
  end(true);
  give_up();
  EXPECT_FALSE(command_.holds());
  end(true);
  EXPECT_EQ(said(), "take release");
  EXPECT_TRUE(command_.idle());
  pass(1h);
  give_up();
  EXPECT_EQ(said(), "");
}

TEST_F(VipCommandTest, TriesToReleaseThreeTimesAtMost) {
  active();
  end(true);
  give_up();
  end(false);
  EXPECT_EQ(wait_for_run(), 1s);
  end(false);
  EXPECT_FALSE(command_.idle());
  EXPECT_EQ(wait_for_run(), 2s);
  end(false);
  EXPECT_TRUE(command_.idle());
  EXPECT_EQ(wait_for_run(), -1ms);
  EXPECT_EQ(said(), "take release release release");
  active();
  EXPECT_EQ(said(), "take");
  EXPECT_EQ(command_.failures(), 0U);
}

TEST_F(VipCommandTest, FailuresToTakeDoNotCountAsThoseToRelease) {
  active();
  for (int i = 0; i < 5; ++i) {
    end(false);
    wait_for_run();
  }
  end(false);
  give_up();
  end(false);
  EXPECT_EQ(wait_for_run(), 1s);
}

TEST_F(VipCommandTest, KillsATakeThatNobodyWantsAnyMoreAndReleasesWhenItHasEnded) {
  active();
  give_up();
  EXPECT_EQ(said(), "take kill");
  EXPECT_FALSE(command_.counts());
  pass(1h);
  EXPECT_EQ(said(), "") << "never two";
  end(true);
  EXPECT_EQ(said(), "release");
  EXPECT_FALSE(command_.holds());
  EXPECT_TRUE(command_.counts());
}

TEST_F(VipCommandTest, OneThatIsKilledForBeingLateIsNotKilledTwice) {
  active();
  pass(kRules.timeout);
  give_up();
  EXPECT_EQ(said(), "take kill-late");
  end(false);
  EXPECT_EQ(said(), "release");
}

TEST_F(VipCommandTest, AReleaseThatIsDueIsNotRunWhenTheNodeIsActiveAgain) {
  active();
  end(true);
  give_up();
  end(false);  // due in a second
  active();
  EXPECT_EQ(said(), "take release take");
  end(true);
  EXPECT_EQ(wait_for_run(), kRules.assert_every);
  EXPECT_EQ(said(), "take");
}

TEST_F(VipCommandTest, AReleaseThatWaitsForTheEndOfATakeIsNotRunWhenTheNodeIsActiveAgain) {
  active();
  give_up();
  active();
  EXPECT_EQ(said(), "take kill");
  end(false);
  EXPECT_EQ(said(), "take");
}

TEST_F(VipCommandTest, AReleaseThatRunsMayEndWhenTheNodeIsActiveAgain) {
  active();
  end(true);
  give_up();
  active();
  EXPECT_EQ(said(), "take release");
  pass(VipCommand::kReleaseGrace - 1ms);
  EXPECT_EQ(said(), "");
  end(true);
  EXPECT_EQ(said(), "take");
}

TEST_F(VipCommandTest, AReleaseThatRunsIsKilledWhenItKeepsTheNextTakeWaiting) {
  active();
  end(true);
  give_up();
  active();
  pass(VipCommand::kReleaseGrace);
  EXPECT_EQ(said(), "take release kill");
  end(false);
  EXPECT_EQ(said(), "take");
  EXPECT_EQ(command_.failures(), 0U) << "nobody wanted it";
}

TEST_F(VipCommandTest, IsAssertedAtOnceWhenTheAddressWasLostForAMoment) {
  active();
  end(true);
  pass(1s);
  active();
  EXPECT_EQ(said(), "take take");
  // The one that runs may have come too early.
  active();
  EXPECT_EQ(said(), "");
  end(true);
  EXPECT_EQ(said(), "take");
  EXPECT_FALSE(command_.holds());
  end(true);
  EXPECT_TRUE(command_.holds());
}

TEST_F(VipCommandTest, AChangeOfTheCommandIsAssertedAtOnce) {
  active();
  end(true);
  command_.handle_change(now_, {.assert_every = 5s, .timeout = 1s});
  turn();
  EXPECT_EQ(said(), "take take");
  pass(1s);
  EXPECT_EQ(said(), "kill-late");
  end(true);
  EXPECT_EQ(wait_for_run(), 5s);
}

TEST_F(VipCommandTest, AChangeOfTheCommandStartsNothingWhereNothingIsTaken) {
  command_.handle_change(now_, kRules);
  turn();
  EXPECT_TRUE(command_.idle());
  active();
  end(true);
  give_up();
  end(false);
  command_.handle_change(now_, kRules);
  turn();
  EXPECT_EQ(said(), "take release");
  EXPECT_EQ(wait_for_run(), 1s) << "the release is still owed";
}

TEST_F(VipCommandTest, RunsNothingMoreOnceItIsDropped) {
  active();
  end(true);
  give_up();
  command_.handle_dropped(now_);
  turn();
  EXPECT_EQ(said(), "take release kill");
  EXPECT_FALSE(command_.idle()) << "it has not ended";
  end(false);
  EXPECT_TRUE(command_.idle());
  pass(1h);
  EXPECT_EQ(said(), "");
}

TEST_F(VipCommandTest, WhatIsInterruptedIsRunAgainAndHasNotFailed) {
  active();
  command_.handle_interrupt(now_);
  turn();
  EXPECT_EQ(said(), "take kill");
  EXPECT_FALSE(command_.counts());
  end(false);
  EXPECT_EQ(said(), "take");
  EXPECT_EQ(command_.failures(), 0U);
  end(true);
  command_.handle_interrupt(now_);
  turn();
  EXPECT_EQ(said(), "") << "nothing runs";
}

TEST_F(VipCommandTest, OneThatCouldNotBeStartedHasFailed) {
  command_.handle_active(now_);
  command_.handle_timeout(now_);
  ASSERT_TRUE(command_.poll_action());
  command_.handle_ended(now_, false);
  EXPECT_EQ(command_.failures(), 1U);
  EXPECT_EQ(wait_for_run(), 1s);
}

TEST_F(VipCommandTest, WhateverHappensThereAreNeverTwoAndTheLastWordIsTheRightOne) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    command_ = VipCommand(kRules);
    running_ = false;
    bool is_active = false;
    for (int step = 0; step < 60; ++step) {
      switch (random.below(6)) {
        case 0:
          is_active = true;
          active();
          break;
        case 1:
          is_active = false;
          give_up();
          break;
        case 2:
          command_.handle_interrupt(now_);
          turn();
          break;
        case 3:
          pass(std::chrono::milliseconds(random.below(40'000)));
          break;
        default:
          if (running_) end(random.below(2) == 0);
          break;
      }
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
      ASSERT_EQ(running_, command_.running()) << "seed " << seed;
      ASSERT_TRUE(!command_.holds() || is_active) << "seed " << seed;
    }
    // From here on everything succeeds.
    said_.clear();
    for (int i = 0; i < 3 && (running_ || !command_.idle()); ++i) {
      if (!running_) wait_for_run();
      if (running_) end(true);
    }
    const bool fine = is_active ? command_.holds() : command_.idle();
    ASSERT_TRUE(fine) << "seed " << seed;
    ASSERT_TRUE(is_active || said().find("take") == std::string::npos) << "seed " << seed;
  }
}

}  // namespace
}  // namespace stead::core::vip_command
