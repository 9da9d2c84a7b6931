// Tracks with real files, programs and sockets, at a time that the test makes.
#include "keeper/track/tracks.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/reader.h"
#include "net/memfd.h"

namespace stead::keeper::track {
namespace {

using core::track::Worth;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

net::SharedFd make_log() {
  std::string pattern = "/tmp/stead-tracks-test-XXXXXX";
  const int fd = mkostemp(pattern.data(), O_CLOEXEC | O_APPEND);
  unlink(pattern.c_str());
  return net::share(net::UniqueFd(fd));
}

class TracksTest : public testing::Test {
 protected:
  TracksTest() {
    std::string pattern = "/tmp/stead-tracks-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~TracksTest() override {
    tracks_.apply(now_, {}, "edge-1");  // ends commands
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
  void touch(const std::string& name) const { std::ofstream(path(name)) << ""; }
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  // `sections`: of tracks; `vips`: names of tracks by vip.
  static config::Config file(const std::string& sections, const std::string& tracked) {
    const std::string text =
        "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\n[site.s]\nlisten = \"public:80\"\n"
        "route = { \"/\" = { pool = \"app\" } }\n[pool.app]\nmembers = [\"10.0.0.21:80\"]\n[vip.public]\n"
        "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\ntrack = [" +
        tracked + "]\n" + sections;
    config::ReadResult read = config::read(text, "test.toml");
    EXPECT_TRUE(read.config.has_value()) << config::render(read.diagnostics, text, false);
    return read.config.value_or(config::Config{});
  }
  void apply(const config::Config& config) {
    tracks_.apply(now_, config, "edge-1");
    tracks_.handle_tick(now_);
  }
  void apply(const std::string& sections, const std::string& tracked = "\"it\"") { apply(file(sections, tracked)); }

  void turn(Duration pause = 1s) {
    // In steps that are no stall.
    for (Duration left = pause; left > Duration{}; left -= 25ms) {
      now_ += std::min(left, Duration(25ms));
      tracks_.handle_turn(now_);
    }
    tracks_.handle_tick(now_);
  }
  void stall(Duration pause) {
    now_ += pause;
    tracks_.handle_turn(now_);
  }

  // Waits for a child to end, and says so.
  void collect() {
    siginfo_t info{};
    ASSERT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
    const std::optional<net::Exit> exit = net::collect_child();
    ASSERT_TRUE(exit.has_value());
    ours_ = tracks_.handle_exit(now_, *exit);
  }
  // Waits for what a socket brings.
  void listen() {
    PollSet set;
    tracks_.list(set);
    pollfd nothing{.fd = -1, .events = 0, .revents = 0};
    poll(&nothing, 0, 0);
    const Instant start{};
    for (const Ready& ready : set.wait(start, start + 5s)) tracks_.handle_readable(now_, ready.id);
  }

  [[nodiscard]] TrackState it() const {
    const std::vector<TrackState> states = tracks_.states_of("public");
    return states.empty() ? TrackState{} : states[0];
  }
  [[nodiscard]] Worth worth() const { return tracks_.worth_of("public"); }
  [[nodiscard]] std::string log() const { return net::read_text(raw(log_file_), 1 << 20).value(); }
  [[nodiscard]] std::size_t lines() const {
    const std::string text = log();
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

  std::filesystem::path directory_;
  net::SharedFd log_file_ = make_log();
  Logger log_{"keeper", LogStyle::Journal, raw(log_file_)};
  Instant now_{1h};
  std::optional<bool> pool_serves_;
  bool ours_ = false;
  Tracks tracks_{log_, [this](const std::string&) { return pool_serves_; }};
};

TEST_F(TracksTest, AFileIsKnownAtOnceAndThenByRows) {
  touch("out");
  apply("[track.it]\nfile = \"" + path("out") + "\"\n");
  EXPECT_EQ(worth(), (Worth{.lowered_by = 0, .out = true}));
  EXPECT_EQ(tracks_.why_out("public"), "it is bad: " + path("out") + " exists");
  EXPECT_THAT(log(), HasSubstr("edge-1: it is bad: " + path("out") + " exists; gives 10.0.0.100 up"));
  std::filesystem::remove(path("out"));
  turn();
  EXPECT_TRUE(worth().out);
  turn();
  EXPECT_EQ(worth(), Worth{});
  EXPECT_THAT(log(), HasSubstr("edge-1: it is good again; it was bad: " + path("out") + " exists"));
  EXPECT_EQ(tracks_.why_out("public"), "");
}

TEST_F(TracksTest, AFileThatIsNotThereAtFirstIsBadOnlyAfterARow) {
  apply("[track.it]\nfile = \"" + path("out") + "\"\n");
  touch("out");
  turn();
  turn();
  EXPECT_FALSE(worth().out);
  turn();
  EXPECT_TRUE(worth().out);
}

TEST_F(TracksTest, WeightsOfSeveralAddUpAndWithdrawNothing) {
  touch("out");
  const std::string file = "file = \"" + path("out") + "\"\n";
  apply("[track.one]\nweight = 20\n" + file + "[track.two]\nweight = 30\n" + file + "[track.good]\nfile = \"" +
            path("other") + "\"\n",
        "\"one\", \"two\", \"good\"");
  EXPECT_EQ(worth(), (Worth{.lowered_by = 50, .out = false}));
  EXPECT_EQ(tracks_.why_out("public"), "");
  EXPECT_THAT(log(),
              HasSubstr("edge-1: one is bad: " + path("out") + " exists; lowers its priority for 10.0.0.100 by 20"));
  EXPECT_THAT(tracks_.bad(), ElementsAre("one", "two"));
}

TEST_F(TracksTest, WhatNoVipOfThisNodeTracksIsNotLookedAt) {
  touch("out");
  config::Config config = file("[track.it]\nfile = \"" + path("out") + "\"\n", "\"it\"");
  config.vips[0].nodes.erase(config.vips[0].nodes.begin());  // edge-1
  apply(config);
  EXPECT_THAT(tracks_.bad(), IsEmpty());
  EXPECT_EQ(tracks_.next_timeout(), std::nullopt);
  EXPECT_EQ(tracks_.render_metrics(), "");
}

TEST_F(TracksTest, APoolOfWhichTheWorkerHasNotSpokenIsGood) {
  apply("[track.it]\npool = \"app\"\n");
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_TRUE(it().good);
  EXPECT_EQ(it().unknowns, 11U);
  EXPECT_EQ(log(), "");
  pool_serves_ = false;
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(worth(), (Worth{.lowered_by = 100, .out = false})) << "unless the file says another weight";
  EXPECT_EQ(it().why, "no member of pool app can serve for 2 s");
  pool_serves_.reset();
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_FALSE(it().good) << "a worker that says nothing is no news, either";
}

TEST_F(TracksTest, ACommandIsJudgedByItsExitCode) {
  apply("[track.it]\ncommand = [\"/bin/sh\", \"-c\", \"exit 7\"]\nfall = 2\n");
  collect();
  EXPECT_TRUE(ours_);
  EXPECT_TRUE(it().good);
  turn();
  collect();
  EXPECT_TRUE(worth().out);
  EXPECT_EQ(it().why, "/bin/sh exited with 7, 2 times in a row");
}

TEST_F(TracksTest, ACommandThatDiesOfItsOwnFaultIsBad) {
  apply("[track.it]\ncommand = [\"/bin/sh\", \"-c\", \"kill -SEGV $$\"]\nfall = 1\n");
  collect();
  EXPECT_EQ(it().why, "/bin/sh was killed by signal 11 (Segmentation fault)");
}

TEST_F(TracksTest, ACommandThatSomebodyElseHasKilledSaysNothing) {
  apply("[track.it]\ncommand = [\"/bin/sh\", \"-c\", \"kill -KILL $$\"]\nfall = 1\n");
  collect();
  EXPECT_TRUE(it().good);
  EXPECT_EQ(it().unknowns, 1U);
}

TEST_F(TracksTest, ACommandThatHangsIsKilledWithAllOfItsGroupAndNeverRunsTwice) {
  const std::string script = "echo run >> " + path("runs") + "; sleep 1000 & sleep 1000";
  apply("[track.it]\ncommand = [\"/bin/sh\", \"-c\", \"" + script + "\"]\n");
  turn(500ms);
  EXPECT_EQ(it().unknowns, 0U);
  turn(600ms);
  EXPECT_EQ(it().unknowns, 1U);
  turn(5s);
  EXPECT_EQ(it().unknowns, 1U) << "the next one has not begun, since this one was not collected";
  collect();
  EXPECT_TRUE(it().good);
  turn();
  turn();
  EXPECT_EQ(it().unknowns, 2U);
}

TEST_F(TracksTest, ACommandThatIsStoppedIsKilledAsWell) {
  apply("[track.it]\ncommand = [\"/bin/sh\", \"-c\", \"kill -STOP $$\"]\n");
  for (int i = 0; i < 3; ++i) {
    turn();
    collect();
    EXPECT_TRUE(ours_);
    turn();
  }
  EXPECT_TRUE(it().good);
  EXPECT_GE(it().unknowns, 3U);
}

TEST_F(TracksTest, WhatKeepsACommandFromSayingAnythingIsSaidOnceWhenItHasGoneOn) {
  apply("[track.it]\ncommand = [\"/bin/sleep\", \"1000\"]\n");
  for (int i = 0; i < 6; ++i) {
    turn();
    collect();
    EXPECT_EQ(lines(), i < 2 ? 0U : 1U);
    tracks_.handle_tick(now_);
  }
  EXPECT_THAT(log(),
              HasSubstr("edge-1: nothing is known of it, which counts as good meanwhile: /bin/sleep has not ended "
                        "after 1 s"));
}

TEST_F(TracksTest, AProgramThatDoesNotExistIsSaidAtOnceAndOnce) {
  apply("[track.it]\ncommand = [\"/nonexistent/check\"]\nfall = 1\n");
  EXPECT_THAT(log(), HasSubstr("/nonexistent/check: No such file or directory"));
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_TRUE(it().good);
  EXPECT_EQ(it().unknowns, 11U);
  EXPECT_EQ(lines(), 1U);
}

TEST_F(TracksTest, WhereWeWereLateACommandsResultDoesNotCount) {
  apply("[track.it]\ncommand = [\"/bin/false\"]\nfall = 1\n");
  tracks_.handle_turn(now_);
  stall(600ms);
  collect();
  EXPECT_TRUE(it().good);
  EXPECT_EQ(it().unknowns, 1U);
  turn();
  collect();
  EXPECT_FALSE(it().good);
}

TEST_F(TracksTest, OtherChildrenAreNotOurs) {
  apply("[track.it]\nfile = \"" + path("out") + "\"\n");
  EXPECT_FALSE(tracks_.handle_exit(now_, {.pid = getpid(), .status = 0}));
}

TEST_F(TracksTest, AReloadThatDoesNotChangeATrackLeavesItWhatItIs) {
  touch("out");
  const std::string sections = "[track.it]\nfall = 2\ncommand = [\"/bin/false\"]\n";
  apply(sections);
  collect();
  apply("# moved by a line\n" + sections);
  turn();
  collect();
  EXPECT_FALSE(it().good) << "both results count, before and after";
  const std::optional<Instant> since = it().since;
  apply(sections);
  EXPECT_FALSE(it().good);
  EXPECT_EQ(it().since, since);
  apply("[track.it]\nfall = 3\ncommand = [\"/bin/false\"]\n");
  EXPECT_TRUE(it().good) << "another track begins anew";
}

TEST_F(TracksTest, ATrackThatIsRemovedTakesItsCommandWithIt) {
  apply("[track.it]\ncommand = [\"/bin/sleep\", \"1000\"]\n");
  apply({}, "");
  collect();
  EXPECT_FALSE(ours_);
  EXPECT_EQ(worth(), Worth{});
}

TEST_F(TracksTest, WhatWasBadBeforeAnUpgradeIsBadUntilItIsGoodAgain) {
  tracks_.apply(now_, file("[track.it]\ncommand = [\"/bin/true\"]\n", "\"it\""), "edge-1");
  tracks_.handle_earlier(now_, {"it", "another"});
  tracks_.handle_tick(now_);
  EXPECT_TRUE(worth().out);
  collect();
  EXPECT_TRUE(worth().out);
  turn();
  collect();
  EXPECT_FALSE(worth().out);
}

TEST_F(TracksTest, AnInterfaceThatIsNotThereIsBad) {
  apply("[track.it]\ninterface = \"nonexistent\"\nfall = 1\n");
  EXPECT_EQ(it().why, "there is no interface nonexistent");
}

TEST_F(TracksTest, AGatewayThatAnswersIsGood) {
  for (const char* gateway : {"127.0.0.1", "::1"}) {
    apply("[track.it]\nfall = 1\ngateway = \"" + std::string(gateway) + "\"\n");
    if (it().unknowns > 0) GTEST_SKIP() << "pings are not permitted here: " << log();
    for (int i = 0; i < 3; ++i) {
      listen();
      turn();
    }
    EXPECT_TRUE(it().good);
    EXPECT_EQ(it().unknowns, 0U);
  }
}

TEST_F(TracksTest, AGatewayThatIsSilentIsBadAndItsLateAnswerIsNoAnswerToTheNext) {
  apply("[track.it]\nfall = 2\ntimeout = \"500ms\"\ngateway = \"127.0.0.1\"\n");
  if (it().unknowns > 0) GTEST_SKIP() << "pings are not permitted here: " << log();
  // The kernel has answered at once; it is we who do not listen.
  turn(600ms);
  turn(500ms);
  turn(600ms);
  EXPECT_FALSE(it().good);
  EXPECT_EQ(it().why, "no answer from 127.0.0.1 for 1 s");
}

TEST_F(TracksTest, MetricsTellOfEach) {
  touch("out");
  pool_serves_.reset();
  apply("[track.file]\nfile = \"" + path("out") + "\"\n[track.pool]\npool = \"app\"\n", "\"file\", \"pool\"");
  const std::string text = tracks_.render_metrics();
  EXPECT_THAT(text, HasSubstr("\nstead_track_good{track=\"file\"} 0\nstead_track_good{track=\"pool\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nstead_track_changes_total{track=\"file\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nstead_track_unknown_total{track=\"pool\"} 1\n"));
}

}  // namespace
}  // namespace stead::keeper::track
