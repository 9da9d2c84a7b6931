// Whole keepers, each in a process of its own, with workers that do little (fake_stead.h). No test waits for time to
// pass: each waits for what the keeper says to the service manager, for an answer, or for an exit.
#include "keeper/keeper.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "keeper/control_client.h"
#include "keeper/run_dir.h"
#include "net/listen.h"
#include "net/unix_address.h"
#include "tests/keeper/fake_stead.h"

namespace stead::keeper {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

[[maybe_unused]] const bool kFake = become_fake_stead();

constexpr int kPatienceMs = 20'000;

void expect_readable(int fd, const char* what) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&entry, 1, kPatienceMs), 1) << "waited in vain for " << what;
}

// A port that was free a moment ago.
std::uint16_t free_port() { return net::local_port(net::listen_tcp("127.0.0.1", 0)->get()); }

std::string ask_port(std::uint16_t port) {
  const net::UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "refused";
  expect_readable(client.get(), "an answer of the worker");
  std::array<char, 64> bytes;
  const ssize_t got = recv(client.get(), bytes.data(), bytes.size(), 0);
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : "closed";
}

pid_t worker_at(std::uint16_t port) { return std::atoi(ask_port(port).c_str()); }

class KeeperProcess : public testing::Test {
 protected:
  KeeperProcess() : port_(free_port()) {
    std::string pattern = "/tmp/stead-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    manager_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const net::UnixAddress address = net::UnixAddress::of(directory_ + "/notify").value();
    EXPECT_EQ(bind(manager_.get(), address.get(), address.size()), 0);
    write_config(config({port_}));
  }
  ~KeeperProcess() override {
    if (keeper_ > 0) {
      kill(keeper_, SIGTERM);
      kill(keeper_, SIGTERM);
      waitpid(keeper_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string run_dir() const { return directory_ + "/run"; }
  [[nodiscard]] std::string log() const {
    std::ifstream file(directory_ + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string config(const std::vector<std::uint16_t>& ports, const std::string& comment = {}) {
    std::string listen;
    for (const std::uint16_t port : ports) listen += "\"127.0.0.1:" + std::to_string(port) + "\", ";
    return "name = \"test\" # " + comment + "\n[site.test]\nhosts = [\"*\"]\nlisten = [" + listen +
           "]\n[site.test.route]\n\"/\" = { answer = 200, body = \"x\" }\n";
  }
  void write_config(const std::string& text) const { std::ofstream(directory_ + "/test.toml") << text; }

  // In the child; returns its exit code.
  int be_keeper() const {
    setenv(kFakeSwitch, "1", 1);
    setenv("NOTIFY_SOCKET", (directory_ + "/notify").c_str(), 1);
    const int log_file = open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(log_file, STDERR_FILENO);
    Logger log("keeper", LogStyle::Terminal);
    Keeper keeper(log, {.file = directory_ + "/test.toml",
                        .node = {},
                        .run_dir = run_dir(),
                        .state_dir = directory_,
                        .program = std::filesystem::read_symlink("/proc/self/exe"),
                        .version = "old"});
    if (const Result<> begun = keeper.start(); !begun) {
      log.error("{}", begun.error().message);
      return 1;
    }
    return keeper.run();
  }
  void begin() {
    keeper_ = fork();
    if (keeper_ != 0) return;
    close_range(STDERR_FILENO + 1, ~0U, 0);  // the test's own sockets
    _exit(be_keeper());
  }
  void begin_and_wait() {
    begin();
    wait_for_notice("READY=1");
  }
  // Skips what else is said meanwhile.
  void wait_for_notice(const std::string& wanted) const {
    std::string text;
    while (!text.starts_with(wanted)) {
      expect_readable(manager_.get(), wanted.c_str());
      if (HasFatalFailure()) FAIL() << log();
      std::array<char, 1024> bytes;
      const ssize_t got = recv(manager_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      text.assign(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
  }
  int wait_for_exit() {
    int status = 0;
    EXPECT_EQ(waitpid(keeper_, &status, 0), keeper_);
    keeper_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] ControlReply order(ControlCommand command) const {
    return ask_keeper(run_dir(), {.command = command, .colour = false}, std::chrono::milliseconds(kPatienceMs)).value();
  }
  [[nodiscard]] KeeperStatus status() const { return order(ControlCommand::Status).status.value(); }

  std::uint16_t port_;
  std::string directory_;
  net::UniqueFd manager_;
  pid_t keeper_ = 0;
};

TEST_F(KeeperProcess, ServesIsReadyAndEndsInOrder) {
  begin_and_wait();
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
  const KeeperStatus now = status();
  EXPECT_EQ(now.pid, keeper_);
  EXPECT_EQ(now.generation, 1U);
  EXPECT_EQ(now.busy, "");
  ASSERT_EQ(now.workers.size(), 1U);
  EXPECT_EQ(now.workers[0].pid, worker_at(port_));
  ASSERT_EQ(now.listeners.size(), 1U);
  EXPECT_EQ(now.listeners[0].address, "127.0.0.1:" + std::to_string(port_));

  EXPECT_EQ(order(ControlCommand::Stop).text, "stopped");
  EXPECT_EQ(wait_for_exit(), 0);
  EXPECT_EQ(ask_port(port_), "refused");
  EXPECT_FALSE(std::filesystem::exists(keeper_socket(run_dir())));
  EXPECT_FALSE(std::filesystem::exists(orphan_socket(run_dir())));
}

TEST_F(KeeperProcess, AWorkerThatIsKilledIsReplacedWhileTheListenerStays) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  ASSERT_EQ(kill(first, SIGKILL), 0);
  pid_t second = worker_at(port_);  // connects at once, and waits in the queue if it must
  while (second == first) second = worker_at(port_);
  EXPECT_EQ(status().worker_deaths, 1U);
}

TEST_F(KeeperProcess, AWorkerThatHangsIsKilledAndReplaced) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  ASSERT_EQ(kill(first, SIGSTOP), 0);
  const pid_t second = worker_at(port_);
  EXPECT_NE(second, first);
  EXPECT_GT(second, 0);
  EXPECT_THAT(log(), HasSubstr("control loop silent for"));
}

TEST_F(KeeperProcess, AReloadWithAnErrorChangesNothing) {
  begin_and_wait();
  write_config("name = \"test\"\nnonsense = 1\n");
  const ControlReply reply = order(ControlCommand::Reload);
  EXPECT_FALSE(reply.ok);
  EXPECT_THAT(reply.text, HasSubstr("nonsense"));
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
  EXPECT_EQ(status().generation, 1U);
}

TEST_F(KeeperProcess, AReloadOpensNewListenersAndClosesOldOnesInTheSameWorker) {
  begin_and_wait();
  const pid_t worker = worker_at(port_);
  const std::uint16_t other = free_port();
  write_config(config({port_, other}));
  const ControlReply reply = order(ControlCommand::Reload);
  EXPECT_TRUE(reply.ok) << reply.text;
  EXPECT_EQ(ask_port(other), std::to_string(worker) + " 2\n");
  EXPECT_EQ(ask_port(port_), std::to_string(worker) + " 2\n");

  write_config(config({other}));
  EXPECT_TRUE(order(ControlCommand::Reload).ok);
  EXPECT_EQ(ask_port(other), std::to_string(worker) + " 3\n");
  EXPECT_EQ(ask_port(port_), "refused");
}

TEST_F(KeeperProcess, AReloadWhoseNewListenerCannotBeOpenedChangesNothing) {
  begin_and_wait();
  const net::UniqueFd taken = net::listen_tcp("127.0.0.1", 0).value();
  write_config(config({port_, net::local_port(taken.get())}));
  const ControlReply reply = order(ControlCommand::Reload);
  EXPECT_FALSE(reply.ok);
  EXPECT_THAT(reply.text, HasSubstr("is taken by another program"));
  EXPECT_EQ(status().generation, 1U);
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
}

TEST_F(KeeperProcess, AReloadThatTheWorkerRefusesIsUndone) {
  begin_and_wait();
  const std::uint16_t other = free_port();
  write_config(config({port_, other}, "# refuse"));
  const ControlReply reply = order(ControlCommand::Reload);
  EXPECT_FALSE(reply.ok);
  EXPECT_THAT(reply.text, HasSubstr("told to refuse"));
  EXPECT_THAT(ask_port(other), AnyOf("refused", "closed"));  // closed: the worker was about to drop its copy
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
}

TEST_F(KeeperProcess, AHangupIsAReloadThatTheServiceManagerHearsOf) {
  begin_and_wait();
  ASSERT_EQ(kill(keeper_, SIGHUP), 0);
  wait_for_notice("RELOADING=1");
  wait_for_notice("READY=1");
  EXPECT_THAT(ask_port(port_), HasSubstr(" 2\n"));
}

TEST_F(KeeperProcess, AChangeThatAWorkerCannotMakeInPlaceBringsANewOne) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  write_config(config({port_}) + "[worker]\nloops = 3\n");
  const ControlReply reply = order(ControlCommand::Reload);
  ASSERT_TRUE(reply.ok) << reply.text;
  const std::vector<KeeperStatus::Worker> workers = status().workers;
  EXPECT_EQ(workers.back().role, "current");
  EXPECT_NE(workers.back().pid, first);
  EXPECT_EQ(status().worker_deaths, 0U);
}

TEST_F(KeeperProcess, AnUpgradeReplacesKeeperAndWorkerInTheSameProcess) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  const ControlReply reply = order(ControlCommand::Upgrade);
  ASSERT_TRUE(reply.ok) << reply.text << log();
  EXPECT_THAT(reply.text, HasSubstr("stead old is now new"));
  const KeeperStatus now = status();
  EXPECT_EQ(now.pid, keeper_);
  EXPECT_EQ(now.version, "new");
  EXPECT_NE(now.workers.back().pid, first);
  EXPECT_EQ(now.workers.back().role, "current");

  // What was carried over works: listeners, orders, supervision, and another upgrade.
  const std::uint16_t other = free_port();
  write_config(config({port_, other}));
  EXPECT_TRUE(order(ControlCommand::Reload).ok);
  EXPECT_THAT(ask_port(other), HasSubstr(" 2\n"));
  EXPECT_TRUE(order(ControlCommand::Upgrade).ok);
  const pid_t third = status().workers.back().pid;
  ASSERT_EQ(kill(third, SIGKILL), 0);
  while (worker_at(port_) == third) {
  }
  EXPECT_TRUE(order(ControlCommand::Stop).ok);
  EXPECT_EQ(wait_for_exit(), 0);
}

TEST_F(KeeperProcess, AnUpgradeToABinaryThatCannotTakeOverChangesNothing) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  std::ofstream(directory_ + "/" + kFailTrial) << "";
  const ControlReply reply = order(ControlCommand::Upgrade);
  EXPECT_FALSE(reply.ok);
  EXPECT_THAT(reply.text, HasSubstr("exited with 1"));
  EXPECT_EQ(status().version, "old");
  EXPECT_EQ(worker_at(port_), first);
}

TEST_F(KeeperProcess, TheSignalForAnUpgradeIsHeard) {
  begin_and_wait();
  ASSERT_EQ(kill(keeper_, SIGUSR2), 0);
  wait_for_notice("RELOADING=1");
  wait_for_notice("READY=1");
  EXPECT_EQ(status().version, "new");
}

TEST_F(KeeperProcess, WhenTheKeeperIsKilledItsWorkerServesOnAndTheNextKeeperTakesOver) {
  begin_and_wait();
  const pid_t first = worker_at(port_);
  ASSERT_EQ(kill(keeper_, SIGKILL), 0);
  EXPECT_EQ(wait_for_exit(), -1);
  EXPECT_EQ(worker_at(port_), first);

  begin_and_wait();
  while (worker_at(port_) == first) {
  }
  EXPECT_THAT(log(), HasSubstr("has lost its keeper and is adopted"));
  EXPECT_EQ(status().generation, 2U);
}

TEST_F(KeeperProcess, AStopReachesAWorkerWithoutAKeeper) {
  begin_and_wait();
  ASSERT_EQ(kill(keeper_, SIGKILL), 0);
  wait_for_exit();
  EXPECT_THAT(stop_orphan(run_dir(), std::chrono::milliseconds(kPatienceMs)).value(), HasSubstr("has ended"));
  EXPECT_EQ(ask_port(port_), "refused");
}

TEST_F(KeeperProcess, ASecondKeeperForTheSameRunDirNamesTheFirst) {
  begin_and_wait();
  const pid_t first = keeper_;
  begin();
  const pid_t second = std::exchange(keeper_, first);
  int exit_status = 0;
  ASSERT_EQ(waitpid(second, &exit_status, 0), second);
  EXPECT_EQ(WEXITSTATUS(exit_status), 1);
  EXPECT_THAT(log(), HasSubstr("process " + std::to_string(first) + " has " + run_dir()));
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
}

TEST_F(KeeperProcess, OneListenerThatFailsCostsOnlyItselfAndIsOpenedWhenItCan) {
  net::UniqueFd taken = net::listen_tcp("127.0.0.1", 0).value();
  const std::uint16_t other = net::local_port(taken.get());
  write_config(config({port_, other}));
  begin_and_wait();
  EXPECT_THAT(ask_port(port_), HasSubstr(" 1\n"));
  EXPECT_THAT(log(), HasSubstr("is taken by another program"));
  EXPECT_THAT(status().listeners.back().problem, HasSubstr("is taken"));
  taken.reset();
  wait_for_notice("READY=1");
  EXPECT_THAT(ask_port(other), HasSubstr(" 2\n"));
}

TEST_F(KeeperProcess, WithoutAnyListenerItDoesNotStart) {
  const net::UniqueFd taken = net::listen_tcp("127.0.0.1", port_).value();
  begin();
  EXPECT_EQ(wait_for_exit(), 1);
  EXPECT_THAT(log(), HasSubstr("nothing to serve"));
}

TEST_F(KeeperProcess, AFileWithAnErrorDoesNotStart) {
  write_config("name = 5\n");
  begin();
  EXPECT_EQ(wait_for_exit(), 1);
  EXPECT_THAT(log(), HasSubstr("name"));
}

TEST_F(KeeperProcess, AWorkerThatRefusesTheFirstConfigurationEndsTheStart) {
  write_config(config({port_}, "# refuse"));
  begin();
  EXPECT_EQ(wait_for_exit(), 1);
  EXPECT_THAT(log(), HasSubstr("told to refuse"));
}

TEST_F(KeeperProcess, ATerminationIsOrderlyAndASecondOneIsNot) {
  write_config(config({port_}, "# stubborn"));
  begin_and_wait();
  ASSERT_EQ(kill(keeper_, SIGTERM), 0);
  wait_for_notice("STOPPING=1");
  ASSERT_EQ(kill(keeper_, SIGTERM), 0);
  EXPECT_EQ(wait_for_exit(), 0);
  EXPECT_THAT(log(), HasSubstr("told to stop again"));
  EXPECT_EQ(ask_port(port_), "refused");
}

}  // namespace
}  // namespace stead::keeper
