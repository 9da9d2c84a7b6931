#include "keeper/supervisor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/keeper/descriptors.h"

namespace stead::keeper {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The processes are real, so that signals and exits are; what they would say, the test says for them.
class Supervised : public testing::Test {
 protected:
  Supervised()
      : log_("keeper", LogStyle::Journal, raw(log_file_)),
        supervisor_(
            log_, [this](Start start, std::uint32_t serial) { return launch(std::move(start), serial); }, now_) {
    supervisor_.set_limits(now_, {.heartbeat_timeout = 500ms, .tick = 25ms}, 10s);
    supervisor_.set_start(start_with_generation(1));
  }

  ~Supervised() override {
    for (const auto& [pid, end] : ends_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

  static Start start_with_generation(std::uint64_t generation) {
    Start start;
    start.assignment.generation = generation;
    start.assignment.config = file_with("config");
    start.admin = file_with("admin");
    start.orphan = file_with("orphan");
    return start;
  }

  Result<WorkerProcess> launch(Start start, std::uint32_t serial) {
    if (fail_launch_) return failure("no more processes");
    auto [keeper_end, worker_end] = net::MessageSocket::pair().value();
    WorkerProcess worker;
    worker.serial = serial;
    worker.process =
        net::spawn({.path = "/bin/sleep", .arguments = {"sleep", "1000"}, .environment = {}, .channel = {}}).value();
    worker.channel = std::move(keeper_end);
    worker.beats = Beats::create().value();
    launched_.push_back(std::move(start));
    ends_.emplace(worker.pid(), std::move(worker_end));
    return worker;
  }

  // What the worker at the other end would do.
  void say(pid_t pid, const ToKeeper& message) { ASSERT_TRUE(ends_.at(pid).send(encode(message).value())); }
  void read_all() {
    std::vector<std::uint32_t> serials;
    for (const WorkerProcess& worker : supervisor_.workers()) serials.push_back(worker.serial);
    for (const std::uint32_t serial : serials) supervisor_.handle_channel(serial, now_);
    for (auto event = supervisor_.poll_event(); event; event = supervisor_.poll_event()) events_.push_back(*event);
  }
  void serve(pid_t pid, const std::string& name) {
    say(pid,
        Hello{
            .version = "0", .pid = pid, .holder = file_with(name + " holder"), .ledger = file_with(name + " ledger")});
    say(pid, Applied{.generation = 1, .loops = 1});
    read_all();
  }
  // What it has been told since it was last asked: "inherit one holder", "drain 10000" …
  std::vector<std::string> told(pid_t pid) {
    std::vector<std::string> words;
    while (true) {
      const Result<net::Received> received = ends_.at(pid).receive();
      if (!received || received->kind != net::Received::Kind::Packet) return words;
      words.push_back(
          std::visit([](const auto& one) { return in_words(one); }, decode_to_worker(received->packet).value()));
    }
  }
  static std::string in_words(const Start&) { return "start"; }
  static std::string in_words(const Metrics&) { return "metrics"; }
  static std::string in_words(const Moved& order) { return "moved " + std::to_string(order.deadline_ms); }
  static std::string in_words(const Apply& apply) { return "apply " + std::to_string(apply.assignment.generation); }
  static std::string in_words(const Inherit& inherit) {
    return inherit.from == Inherit::From::Worker
               ? "inherit from worker"
               : "inherit " + text_in(inherit.socket) + ", " + text_in(inherit.ledger);
  }
  static std::string in_words(const HandOver& order) { return "hand over " + std::to_string(order.deadline_ms); }
  static std::string in_words(const Drain& order) { return "drain " + std::to_string(order.deadline_ms); }

  [[nodiscard]] pid_t current() const { return supervisor_.current() == nullptr ? 0 : supervisor_.current()->pid(); }

  // Waits for the process to end, as the keeper's loop would hear of it.
  void collect(pid_t pid) {
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    supervisor_.handle_exit({.pid = pid, .status = status}, now_);
    read_all();
    dead_.push_back(std::move(ends_.at(pid)));
    ends_.erase(pid);
  }
  void die(pid_t pid) {
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    collect(pid);
  }
  void tick(Duration later = 25ms) {
    now_ += later;
    supervisor_.handle_tick(now_);
    read_all();
  }
  pid_t start_serving(const std::string& name) {
    tick();
    const pid_t pid = current();
    serve(pid, name);
    return pid;
  }
  [[nodiscard]] std::string log() const { return net::read_text(raw(log_file_), 1 << 20).value(); }
  // Appendable, unlike a sealed text.
  static net::SharedFd make_log() {
    std::string pattern = "/tmp/stead-test-log-XXXXXX";
    const int fd = mkostemp(pattern.data(), O_CLOEXEC | O_APPEND);
    unlink(pattern.c_str());
    return net::share(net::UniqueFd(fd));
  }

  net::SharedFd log_file_ = make_log();
  Logger log_;
  Instant now_{1h};
  bool fail_launch_ = false;
  std::vector<Start> launched_;
  std::map<pid_t, net::MessageSocket> ends_;
  std::vector<net::MessageSocket> dead_;
  std::vector<SupervisorEvent> events_;
  Supervisor supervisor_;
};

TEST_F(Supervised, AWorkerIsStartedAndServesOnceItSaysSo) {
  tick();
  ASSERT_NE(current(), 0);
  EXPECT_FALSE(supervisor_.serving());
  serve(current(), "one");
  EXPECT_TRUE(supervisor_.serving());
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(std::get<WorkerApplied>(events_[0]).role, WorkerRole::Current);
}

TEST_F(Supervised, AWorkerThatDiesIsReplacedInTheSameTurnAndItsConnectionsGoToTheNext) {
  const pid_t first = start_serving("one");
  die(first);
  EXPECT_EQ(std::get<WorkerLost>(events_.back()).how, "was killed by signal 9 (Killed)");
  tick(0ms);
  const pid_t second = current();
  ASSERT_NE(second, 0);
  EXPECT_THAT(told(second), ElementsAre());  // not before it can take them
  serve(second, "two");
  EXPECT_THAT(told(second), ElementsAre("inherit one holder, one ledger"));
}

TEST_F(Supervised, AWorkerThatDiesBeforeItServesPassesOnWhatItWasToInherit) {
  die(start_serving("one"));
  tick(0ms);
  die(current());
  tick(0ms);
  const pid_t third = current();
  serve(third, "three");
  EXPECT_THAT(told(third), ElementsAre("inherit one holder, one ledger"));
}

TEST_F(Supervised, LastWordsBeforeADeathCount) {
  tick();
  const pid_t first = current();
  say(first,
      Hello{.version = "0", .pid = first, .holder = file_with("late holder"), .ledger = file_with("late ledger")});
  die(first);  // without having read them before
  tick(0ms);
  const pid_t second = current();
  serve(second, "two");
  EXPECT_THAT(told(second), ElementsAre("inherit late holder, late ledger"));
}

TEST_F(Supervised, ASilentWorkerIsKilledAndReplaced) {
  const pid_t first = start_serving("one");
  for (int i = 0; i < 40 && log().find("silent") == std::string::npos; ++i) tick();
  EXPECT_THAT(log(), HasSubstr("control loop silent for"));
  collect(first);
  tick(0ms);
  EXPECT_NE(current(), 0);
  EXPECT_NE(current(), first);
}

TEST_F(Supervised, AWorkerThatBeatsStays) {
  const pid_t first = start_serving("one");
  for (int i = 0; i < 100; ++i) {
    Beats beats = Beats::map(supervisor_.current()->beats->fd(), Beats::kSlots).value();
    beats.cell(0)->store(now_.time_since_epoch().count());
    beats.cell(1)->store(now_.time_since_epoch().count());
    tick();
  }
  EXPECT_EQ(current(), first);
  EXPECT_EQ(log().find("silent"), std::string::npos);
}

TEST_F(Supervised, InASeriesOfDeathsTheConnectionsAreGivenUp) {
  for (int i = 0; i < 4; ++i) {
    die(start_serving(std::to_string(i)));
    tick(0ms);
  }
  EXPECT_THAT(log(), HasSubstr("has died 4 times in a row"));
  EXPECT_EQ(current(), 0);  // it waits
  tick(100ms);
  const pid_t fifth = current();
  ASSERT_NE(fifth, 0);
  serve(fifth, "five");
  EXPECT_THAT(told(fifth), ElementsAre());
}

TEST_F(Supervised, AWorkerThatCannotBeStartedIsTriedAgain) {
  fail_launch_ = true;
  tick();
  EXPECT_EQ(current(), 0);
  EXPECT_THAT(log(), HasSubstr("no more processes"));
  fail_launch_ = false;
  tick(1s);
  EXPECT_NE(current(), 0);
}

TEST_F(Supervised, WhatIsKnownOfTheMembersGoesToTheNextWorker) {
  const pid_t first = start_serving("one");
  EXPECT_EQ(launched_[0].health, nullptr);
  say(first, State{.blob = "app-1 is down"});
  read_all();
  die(first);
  tick(0ms);
  EXPECT_EQ(text_in(launched_.at(1).health), "app-1 is down");
}

TEST_F(Supervised, OfPoolsOnlyTheCurrentWorkerIsBelievedAndOnlyWhatItHasSaid) {
  EXPECT_EQ(supervisor_.pool_serves("app"), std::nullopt);
  const pid_t first = start_serving("one");
  EXPECT_EQ(supervisor_.pool_serves("app"), std::nullopt) << "one of an earlier version never says";
  say(first, IdlePools{.names = {"app"}});
  read_all();
  EXPECT_EQ(supervisor_.pool_serves("app"), false);
  EXPECT_EQ(supervisor_.pool_serves("api"), true);
  say(first, IdlePools{});
  read_all();
  EXPECT_EQ(supervisor_.pool_serves("app"), true);
  die(first);
  tick(0ms);
  EXPECT_EQ(supervisor_.pool_serves("app"), std::nullopt);
}

TEST_F(Supervised, ACandidateTakesTheCurrentOnesPlaceAndConnections) {
  const pid_t first = start_serving("one");
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t second = supervisor_.candidate()->pid();
  serve(second, "two");
  EXPECT_EQ(current(), first);
  EXPECT_EQ(std::get<WorkerApplied>(events_.back()).role, WorkerRole::Candidate);
  supervisor_.promote_candidate(now_);
  EXPECT_EQ(current(), second);
  EXPECT_THAT(told(first), ElementsAre("hand over 10000"));
  EXPECT_THAT(told(second), ElementsAre("inherit from worker"));
  EXPECT_EQ(supervisor_.workers().size(), 2U);
  die(first);
  EXPECT_EQ(current(), second);  // the one that left is not replaced
}

TEST_F(Supervised, AWorkerThatIsKilledWhileItLeavesIsInheritedFromAsWell) {
  const pid_t first = start_serving("one");
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t second = supervisor_.candidate()->pid();
  serve(second, "two");
  supervisor_.promote_candidate(now_);
  die(first);
  EXPECT_THAT(told(second), ElementsAre("inherit from worker", "inherit one holder, one ledger"));
}

TEST_F(Supervised, ALeavingWorkerThatOverstaysItsDeadlineIsKilledAndItsConnectionsEnd) {
  const pid_t first = start_serving("one");
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t second = supervisor_.candidate()->pid();
  serve(second, "two");
  supervisor_.promote_candidate(now_);
  (void)told(second);
  tick(10s + Supervisor::kGrace);
  collect(first);
  EXPECT_THAT(told(second), ElementsAre());
}

TEST_F(Supervised, ACandidateThatIsDroppedIsKilledUnlessItHasClients) {
  const pid_t first = start_serving("one");
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t idle = supervisor_.candidate()->pid();
  supervisor_.drop_candidate(now_);
  collect(idle);
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t busy = supervisor_.candidate()->pid();
  serve(busy, "busy");
  supervisor_.drop_candidate(now_);
  EXPECT_THAT(told(busy), ElementsAre("drain 10000"));
  EXPECT_EQ(current(), first);
}

TEST_F(Supervised, ACandidateThatDoesNotServeInTimeIsKilled) {
  start_serving("one");
  ASSERT_TRUE(supervisor_.start_candidate(start_with_generation(2), now_));
  const pid_t late = supervisor_.candidate()->pid();
  tick(core::supervise::WorkerWatch::kStartupLimit);
  collect(late);
  EXPECT_EQ(std::get<WorkerLost>(events_.back()).role, WorkerRole::Candidate);
}

TEST_F(Supervised, AnAdoptedWorkerServesUntilOursDoes) {
  WorkerProcess orphan = launch({}, 0).value();
  const pid_t adopted = orphan.pid();
  supervisor_.adopt(std::move(orphan));
  tick();
  const pid_t ours = current();
  EXPECT_THAT(told(adopted), ElementsAre());
  serve(ours, "ours");
  EXPECT_THAT(told(adopted), ElementsAre("hand over 10000"));
  EXPECT_THAT(told(ours), ElementsAre("inherit from worker"));
}

TEST_F(Supervised, AReloadIsTheCurrentWorkersBusiness) {
  EXPECT_FALSE(supervisor_.apply({}).has_value());  // nobody is there
  const pid_t first = start_serving("one");
  Apply apply{.assignment = start_with_generation(2).assignment};
  ASSERT_TRUE(supervisor_.apply(apply));
  EXPECT_THAT(told(first), ElementsAre("apply 2"));
  say(first, Refused{.generation = 2, .text = "no"});
  read_all();
  EXPECT_EQ(std::get<WorkerRefused>(events_.back()).text, "no");
}

TEST_F(Supervised, DrainingTellsEveryoneOnceAndStartsNobody) {
  const pid_t first = start_serving("one");
  supervisor_.drain(now_);
  EXPECT_THAT(told(first), ElementsAre("drain 10000"));
  die(first);
  tick(1min);
  EXPECT_TRUE(supervisor_.workers().empty());
}

TEST_F(Supervised, AStopHoldsNoListenerOpen) {
  Start start = start_with_generation(1);
  start.assignment.listeners.push_back({.id = 1, .name = "any:80", .socket = file_with("listener")});
  const std::weak_ptr<const net::UniqueFd> listener = start.assignment.listeners[0].socket;
  supervisor_.set_start(std::move(start));
  supervisor_.drain(now_);
  EXPECT_TRUE(listener.expired());
}

TEST_F(Supervised, AWorkerThatClosesItsChannelCannotBeLedAndIsReplaced) {
  const pid_t first = start_serving("one");
  // The process has a copy of its end until it has started its program: only then the channel is closed.
  pollfd closed{.fd = supervisor_.current()->channel.fd(), .events = 0, .revents = 0};
  ends_.at(first) = {};
  ASSERT_EQ(poll(&closed, 1, 10'000), 1);
  read_all();
  tick(Supervisor::kGrace);
  collect(first);
  tick(0ms);
  EXPECT_NE(current(), 0);
}

TEST_F(Supervised, NonsenseFromAWorkerIsLoggedAndNothingElse) {
  const pid_t first = start_serving("one");
  ASSERT_TRUE(ends_.at(first).send({.text = "nonsense", .fds = {}}));
  say(first, State{.blob = "after it"});
  read_all();
  EXPECT_THAT(log(), HasSubstr("not JSON"));
  EXPECT_EQ(supervisor_.health(), "after it");
}

TEST_F(Supervised, ChildrenThatAreNotWorkersAreNoMatter) {
  const pid_t first = start_serving("one");
  supervisor_.handle_exit({.pid = 1, .status = 0}, now_);
  EXPECT_EQ(current(), first);
}

}  // namespace
}  // namespace stead::keeper
