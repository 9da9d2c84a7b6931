#include "core/supervise/worker_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace stead::core::supervise {
namespace {

using State = WorkerWatch::State;

constexpr Instant kStart{1'000s};
constexpr WatchConfig kConfig{.heartbeat_timeout = 500ms, .tick = 25ms};

// Plays the keeper: ticks, starts workers at once, and writes down what it was told to do. Loops beat while they live.
class WorkerWatchTest : public ::testing::Test {
 protected:
  void tick() {
    for (std::size_t loop = 0; loop < beats.size(); ++loop) {
      if (!hung[loop]) beats[loop] = now;
    }
    watch.handle_tick(now, beats);
    while (const std::optional<Action> action = watch.poll_action()) {
      if (std::holds_alternative<Spawn>(*action)) {
        log.push_back("spawn");
        spawned_at = now;
        watch.handle_started(now);
      } else if (const auto* kill = std::get_if<Kill>(&*action)) {
        log.push_back("kill: " + kill->reason);
      } else {
        const auto& loop = std::get<CrashLoop>(*action);
        log.push_back("crash loop: " + std::to_string(loop.deaths) + " deaths, " + std::to_string(to_ms(loop.delay)) +
                      " ms");
      }
    }
  }
  void run(Duration duration) {
    for (const Instant end = now + duration; now < end;) {
      now += 25ms;
      tick();
    }
  }
  void serve() {
    tick();
    watch.handle_ready(now);
    ASSERT_EQ(watch.state(), State::Serving);
    log.clear();
  }

  Instant now = kStart;
  Instant spawned_at{};
  WorkerWatch watch{kStart, kConfig};
  std::vector<Instant> beats = std::vector<Instant>(3);
  std::vector<bool> hung = std::vector<bool>(3);
  std::vector<std::string> log;
};

using Log = std::vector<std::string>;

TEST_F(WorkerWatchTest, AsksForTheFirstWorkerAtOnceAndOnce) {
  EXPECT_EQ(watch.next_timeout(), kStart);
  run(1s);
  EXPECT_EQ(log, Log{"spawn"});
  EXPECT_EQ(watch.state(), State::Starting);
}

TEST_F(WorkerWatchTest, LeavesAWorkerThatBeatsAlone) {
  serve();
  run(1h);
  EXPECT_EQ(log, Log{});
  EXPECT_EQ(watch.next_timeout(), std::nullopt);
}

TEST_F(WorkerWatchTest, KillsAWorkerOneOfWhoseLoopsFallsSilent) {
  serve();
  run(1s);
  hung[2] = true;
  run(500ms);
  EXPECT_EQ(log, Log{}) << "not before its time";
  run(25ms);
  EXPECT_EQ(log, Log{"kill: data loop 1 silent for 525 ms"});
  run(10s);
  EXPECT_EQ(log.size(), 1U) << "once is enough; then the exit is awaited";
  watch.handle_exit(now);
  run(25ms);
  EXPECT_EQ(log.back(), "spawn");
}

TEST_F(WorkerWatchTest, NamesTheControlLoop) {
  serve();
  run(1s);
  hung[0] = true;
  run(1s);
  EXPECT_EQ(log, Log{"kill: control loop silent for 525 ms"});
}

TEST_F(WorkerWatchTest, ALoopThatNeverBeatAfterItsWorkerSaidItServesIsSilentToo) {
  hung = {true, true, true};
  serve();
  run(1s);
  EXPECT_EQ(log, Log{"kill: control loop silent for 525 ms"});
}

TEST_F(WorkerWatchTest, AKeeperThatWasSuspendedKillsNobody) {
  serve();
  run(1s);
  for (int pause = 0; pause < 20; ++pause) {
    hung = {true, true, true};  // everything stood still; the keeper happens to wake up first
    now += 3s;
    tick();
    run(450ms);
    hung = {false, false, false};
    run(100ms);
  }
  EXPECT_EQ(log, Log{});
}

TEST_F(WorkerWatchTest, AKeeperThatWasSuspendedStillKillsWhoDoesNotWakeUp) {
  serve();
  run(1s);
  hung[1] = true;
  now += 1h;
  tick();
  run(500ms);
  EXPECT_EQ(log, Log{});
  run(25ms);
  EXPECT_EQ(log, Log{"kill: data loop 0 silent for 525 ms"}) << "the hour was the keeper's own silence";
}

TEST_F(WorkerWatchTest, ATickThatIsALittleLateStillJudges) {
  serve();
  run(1s);
  hung[1] = true;
  for (int i = 0; i < 3; ++i) {
    now += 200ms;
    tick();
  }
  EXPECT_EQ(log, Log{"kill: data loop 0 silent for 600 ms"});
}

TEST_F(WorkerWatchTest, AWorkerThatDiesIsReplacedAtOnce) {
  serve();
  run(1s);
  watch.handle_exit(now);
  EXPECT_EQ(watch.next_timeout(), now) << "now, not at the next tick";
  tick();
  EXPECT_EQ(log, Log{"spawn"});
}

TEST_F(WorkerWatchTest, AWorkerThatDiesAgainAndAgainIsStartedLessAndLessOftenAndLoudly) {
  tick();
  for (int death = 0; death < 5; ++death) {
    watch.handle_exit(now);
    run(1s);
  }
  EXPECT_EQ(log, (Log{"spawn", "spawn", "spawn", "spawn", "crash loop: 4 deaths, 100 ms", "spawn",
                      "crash loop: 5 deaths, 200 ms", "spawn"}));
}

TEST_F(WorkerWatchTest, TheWaitIsKept) {
  tick();
  for (int death = 0; death < 3; ++death) {
    watch.handle_exit(now);
    tick();
  }
  watch.handle_exit(now);
  const Instant died = now;
  EXPECT_EQ(watch.next_timeout(), died + 100ms);
  run(1s);
  EXPECT_EQ(spawned_at, died + 100ms);
}

TEST_F(WorkerWatchTest, AStartThatSaysNothingIsKilledAfterTenSeconds) {
  run(10s);
  EXPECT_EQ(log, Log{"spawn"});
  run(50ms);
  EXPECT_EQ(log, (Log{"spawn", "kill: not ready 10000 ms after its start"}));
}

TEST_F(WorkerWatchTest, BeatsDoNotCountBeforeAWorkerSaysThatItServes) {
  hung = {true, true, true};
  run(9s);
  EXPECT_EQ(log, Log{"spawn"}) << "the beats of the one before lie in the same page";
}

TEST_F(WorkerWatchTest, TheTimeAKeeperSleptIsNotHeldAgainstAStartingWorker) {
  run(1s);
  now += 1h;
  tick();
  run(8s);
  EXPECT_EQ(log, Log{"spawn"});
  run(2s);
  EXPECT_EQ(log.size(), 2U) << "but the rest of its ten seconds is";
}

TEST_F(WorkerWatchTest, AFailedStartCountsAsADeath) {
  watch.handle_tick(now, beats);
  ASSERT_TRUE(watch.poll_action().has_value());
  watch.handle_exit(now);
  EXPECT_EQ(watch.deaths(), 1U);
  EXPECT_EQ(watch.state(), State::Waiting);
}

TEST_F(WorkerWatchTest, AnExitIsCountedOnce) {
  serve();
  watch.handle_exit(now);
  watch.handle_exit(now);
  EXPECT_EQ(watch.deaths(), 1U);
}

TEST_F(WorkerWatchTest, AnUpgradePutsAnotherWorkerInItsPlace) {
  serve();
  run(1s);
  watch.handle_started(now);
  watch.handle_ready(now);
  hung[0] = true;
  run(1s);
  EXPECT_EQ(log, Log{"kill: control loop silent for 525 ms"});
}

TEST_F(WorkerWatchTest, AKeeperThatStopsNeitherKillsNorStarts) {
  serve();
  run(1s);
  hung[0] = true;
  watch.handle_stop();
  run(1h);
  watch.handle_exit(now);
  run(1h);
  EXPECT_EQ(log, Log{});
  EXPECT_EQ(watch.state(), State::Stopped);
}

TEST_F(WorkerWatchTest, AShorterTimeoutJudgesWhatComesNotWhatWas) {
  serve();
  run(1s);
  hung[1] = true;
  run(400ms);
  watch.set_config(now, {.heartbeat_timeout = 100ms, .tick = 25ms});
  run(100ms);
  EXPECT_EQ(log, Log{});
  run(25ms);
  EXPECT_EQ(log, Log{"kill: data loop 0 silent for 125 ms"});
}

}  // namespace
}  // namespace stead::core::supervise
