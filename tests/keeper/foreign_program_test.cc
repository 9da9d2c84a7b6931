// Programs of the operator's, whatever they do.
#include "keeper/foreign_program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <string>

namespace stead::keeper {
namespace {

// The end of whatever child ends next.
net::Exit wait_for_exit() {
  siginfo_t info{};
  EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
  return net::collect_child().value_or(net::Exit{});
}

std::string last_words_of(const std::string& script) {
  ForeignProgram program;
  EXPECT_TRUE(program.start_heard({"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}));
  EXPECT_TRUE(program.handle_exit(wait_for_exit()));
  return program.last_words();
}

TEST(ForeignProgram, RunsUntilItIsCollected) {
  ForeignProgram program;
  ASSERT_TRUE(program.start({"/bin/sh", "-c", "exit 3"}, {}));
  EXPECT_TRUE(program.running());
  const net::Exit exit = wait_for_exit();
  EXPECT_TRUE(program.running());
  EXPECT_FALSE(program.handle_exit({.pid = exit.pid + 1, .status = 0})) << "somebody else's";
  EXPECT_TRUE(program.handle_exit(exit));
  EXPECT_FALSE(program.running());
  EXPECT_FALSE(program.succeeded());
  EXPECT_EQ(net::describe_exit(program.status()), "exited with 3");
}

TEST(ForeignProgram, OneThatDoesNotExistIsNotRunning) {
  ForeignProgram program;
  EXPECT_FALSE(program.start_heard({"/nowhere/program"}, {}));
  EXPECT_FALSE(program.running());
}

TEST(ForeignProgram, IsKilledWithItsChildren) {
  ForeignProgram program;
  ASSERT_TRUE(program.start_heard({"/bin/sh", "-c", "trap '' TERM; echo begun >&2; sleep 60; sleep 60"}, {}));
  program.kill();
  EXPECT_TRUE(program.handle_exit(wait_for_exit()));
  EXPECT_EQ(WTERMSIG(program.status()), SIGKILL);
}

TEST(ForeignProgram, TheLastLineOfItsErrorsIsHeard) {
  EXPECT_EQ(last_words_of("echo first >&2; echo last >&2; echo no error"), "last");
  EXPECT_EQ(last_words_of("printf 'first\\nlast' >&2"), "last");
  EXPECT_EQ(last_words_of("printf 'last\\r\\n\\n\\n' >&2"), "last");
  EXPECT_EQ(last_words_of("true"), "");
  EXPECT_EQ(last_words_of("echo >&2"), "");
}

TEST(ForeignProgram, WhatCannotBePrintedIsNot) {
  EXPECT_EQ(last_words_of("printf 'a\\033[1m\\tb\\303\\244\\000c' >&2"), "a[1mbc");
}

TEST(ForeignProgram, WordsAreBounded) {
  EXPECT_EQ(last_words_of("head -c 10000 /dev/zero | tr '\\0' x >&2"), std::string(ForeignProgram::kLongestWords, 'x'));
}

TEST(ForeignProgram, WordsOfARunBeforeAreForgotten) {
  ForeignProgram program;
  ASSERT_TRUE(program.start_heard({"/bin/sh", "-c", "echo first >&2"}, {}));
  EXPECT_TRUE(program.handle_exit(wait_for_exit()));
  ASSERT_TRUE(program.start_heard({"/bin/sh", "-c", "true"}, {}));
  EXPECT_TRUE(program.handle_exit(wait_for_exit()));
  EXPECT_EQ(program.last_words(), "");
}

TEST(ForeignProgram, OneThatWritesMuchGoesOnWhenItIsListenedTo) {
  ForeignProgram program;
  ASSERT_TRUE(
      program.start_heard({"/bin/sh", "-c", "head -c 300000 /dev/zero >&2; echo done >&2"}, {"PATH=/usr/bin:/bin"}));
  std::optional<net::Exit> exit;
  while (!exit) {
    program.listen();
    exit = net::collect_child();
  }
  EXPECT_TRUE(program.handle_exit(*exit));
  EXPECT_TRUE(program.succeeded());
  EXPECT_EQ(program.last_words(), "done");
}

}  // namespace
}  // namespace stead::keeper
