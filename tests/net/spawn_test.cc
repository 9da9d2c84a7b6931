#include "net/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

namespace stead::net {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  std::string drain() {
    write.reset();
    std::string text;
    std::array<char, 512> bytes;
    for (ssize_t got = 0; (got = ::read(read.get(), bytes.data(), bytes.size())) > 0;) {
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  UniqueFd read;
  UniqueFd write;
};

Program shell(const std::string& script, int channel) {
  return {.path = "/bin/sh", .arguments = {"sh", "-c", script}, .environment = {"WORD=hello"}, .channel = channel};
}

int wait_for(const Process& process) {
  pollfd entry{.fd = process.pidfd.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&entry, 1, 10'000), 1);
  int status = 0;
  EXPECT_EQ(waitpid(process.pid, &status, 0), process.pid);
  return status;
}

TEST(Spawn, TheChannelIsDescriptor3AndTheEnvironmentIsWhatWasGiven) {
  Pipe pipe;
  const Process process = spawn(shell("echo \"$WORD $HOME\" >&3", pipe.write.get())).value();
  EXPECT_EQ(pipe.drain(), "hello \n");
  EXPECT_EQ(wait_for(process), 0);
}

TEST(Spawn, NoOtherDescriptorOfOursReachesTheChild) {
  Pipe pipe;
  const Pipe other;
  std::array<char, 64> name{};  // "pipe:[1234]", which is the same in every process
  ASSERT_GT(readlink(("/proc/self/fd/" + std::to_string(other.read.get())).c_str(), name.data(), name.size() - 1), 0);
  const Process process = spawn(shell("ls -l /proc/$$/fd >&3", pipe.write.get())).value();
  const std::string listing = pipe.drain();
  EXPECT_NE(listing.find(" 3 -> pipe:"), std::string::npos) << listing;
  EXPECT_EQ(listing.find(name.data()), std::string::npos) << listing;
  wait_for(process);
}

TEST(Spawn, TheChildHasNoSignalsBlockedAndAGroupOfItsOwn) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
  Pipe pipe;
  const Process process = spawn(shell("grep SigBlk /proc/self/status >&3; read forever <&3", pipe.write.get())).value();
  EXPECT_EQ(getpgid(process.pid), process.pid);
  EXPECT_EQ(sigprocmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_EQ(pipe.drain(), "SigBlk:\t0000000000000000\n");
  wait_for(process);
}

TEST(Spawn, AForeignProgramWritesNowhereAndDiesOfABrokenPipeLikeOthers) {
  Pipe pipe;
  const std::string script =
      "out=$(readlink /proc/$$/fd/1); error=$(readlink /proc/$$/fd/2); echo $out $error >&3; kill -PIPE $$";
  Program program = shell(script, pipe.write.get());
  program.foreign = true;
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const pid_t pid = spawn_unwatched(program).value();
  std::signal(SIGPIPE, before);
  EXPECT_EQ(pipe.drain(), "/dev/null /dev/null\n");
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) << describe_exit(status);
}

TEST(Spawn, AGroupIsKilledAsAWhole) {
  Pipe pipe;
  const pid_t pid = spawn_unwatched(shell("sleep 1000 & echo up >&3; kill -STOP $$", pipe.write.get())).value();
  std::array<char, 8> word{};
  EXPECT_EQ(read(pipe.read.get(), word.data(), word.size()), 3);
  EXPECT_TRUE(kill_group(pid));
  EXPECT_EQ(pipe.drain(), "") << "which ends when nobody has the other end any more";
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
}

TEST(Spawn, AProgramThatIsNotThereIsAnError) {
  const Result<Process> process =
      spawn({.path = "/nonexistent/stead", .arguments = {"stead"}, .environment = {}, .channel = {}});
  ASSERT_FALSE(process.has_value());
  EXPECT_EQ(process.error().code, ENOENT);
}

TEST(Spawn, ASignalReachesTheProcessAndNobodyOnceItIsGone) {
  const Process blocked =
      spawn({.path = "/bin/sleep", .arguments = {"sleep", "1000"}, .environment = {}, .channel = {}}).value();
  EXPECT_TRUE(send_signal(blocked, SIGKILL));
  const int status = wait_for(blocked);
  EXPECT_EQ(describe_exit(status), "was killed by signal 9 (Killed)");
  EXPECT_FALSE(send_signal(blocked, SIGKILL));
}

TEST(CollectChild, ReturnsEachOnceAndNeverWaits) {
  const Process process =
      spawn({.path = "/bin/false", .arguments = {"false"}, .environment = {}, .channel = {}}).value();
  pollfd entry{.fd = process.pidfd.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&entry, 1, 10'000), 1);
  const std::optional<Exit> exit = collect_child();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->pid, process.pid);
  EXPECT_EQ(describe_exit(exit->status), "exited with 1");
  EXPECT_FALSE(collect_child().has_value());
}

TEST(Environment, LeavesOutWhatIsNamed) {
  setenv("STEAD_TEST_KEPT", "1", 1);
  setenv("STEAD_TEST_DROPPED", "1", 1);
  const std::vector<std::string> environment = environment_without({"STEAD_TEST_DROPPED"});
  EXPECT_NE(std::ranges::find(environment, "STEAD_TEST_KEPT=1"), environment.end());
  EXPECT_EQ(std::ranges::find(environment, "STEAD_TEST_DROPPED=1"), environment.end());
}

}  // namespace
}  // namespace stead::net
