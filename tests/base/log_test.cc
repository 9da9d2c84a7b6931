#include "base/log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace stead {
namespace {

class Log : public testing::Test {
 protected:
  Log() : fd_(memfd_create("log", MFD_CLOEXEC)) {}
  ~Log() override { close(fd_); }
  [[nodiscard]] std::string written() const {
    std::string text(4096, '\0');
    const ssize_t got = pread(fd_, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  int fd_;
};

TEST_F(Log, ALineOnATerminalHasTimeLevelProcessAndText) {
  Logger log("keeper", LogStyle::Terminal, fd_);
  log.warn("pool {}: {} members", "api", 2);
  const std::string text = written();
  ASSERT_GT(text.size(), 25U);
  EXPECT_EQ(text.substr(10, 1) + text.substr(23, 2), "TZ ");
  EXPECT_EQ(text.substr(25), "warn  keeper  pool api: 2 members\n");
}

TEST_F(Log, ALineForTheJournalBeginsWithItsLevel) {
  Logger log("worker", LogStyle::Journal, fd_);
  log.error("one");
  log.info("two");
  EXPECT_EQ(written(), "<3>worker: one\n<6>worker: two\n");
}

TEST_F(Log, WhatIsBelowTheLevelIsLeftOut) {
  Logger log("worker", LogStyle::Journal, fd_);
  log.debug("no");
  log.set_level(LogLevel::Debug);
  log.debug("yes");
  log.set_level(LogLevel::Error);
  log.warn("no");
  EXPECT_EQ(written(), "<7>worker: yes\n");
}

TEST_F(Log, EachLineOfATextIsALineOfItsOwn) {
  Logger log("worker", LogStyle::Journal, fd_);
  log.info("one\ntwo\n");
  EXPECT_EQ(written(), "<6>worker: one\n<6>worker: two\n");
}

TEST_F(Log, NothingFromOutsideCanMoveTheCursorOrActAsAFormat) {
  Logger log("worker", LogStyle::Journal, fd_);
  log.info("{}", "\x1b[2J {} %n\r ä \xc2\x9b");
  const std::string text = written();
  EXPECT_TRUE(text.starts_with("<6>worker: \\x1b[2J {} %n\\x0d ä \\xc2")) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
}

TEST(LogLevelNames, AreThoseOfTheFile) {
  EXPECT_EQ(log_level("debug"), LogLevel::Debug);
  EXPECT_EQ(log_level("info"), LogLevel::Info);
  EXPECT_EQ(log_level("warn"), LogLevel::Warn);
  EXPECT_EQ(log_level("error"), LogLevel::Error);
}

TEST(LogStyleDetection, TheJournalIsBelievedOnlyWhereItIsOurStandardError) {
  struct stat status {};
  ASSERT_EQ(fstat(STDERR_FILENO, &status), 0);
  const std::string ours = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  setenv("JOURNAL_STREAM", ours.c_str(), 1);
  EXPECT_EQ(detect_log_style(), LogStyle::Journal);
  setenv("JOURNAL_STREAM", "1:1", 1);
  EXPECT_EQ(detect_log_style(), LogStyle::Terminal);
  unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(detect_log_style(), LogStyle::Terminal);
}

}  // namespace
}  // namespace stead
