#include "service/log/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/memfd.h"

namespace stead::service::log {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLong{20};  // only ever waited for by a test that fails

bool as_line(std::string_view record, std::string& out) {
  if (record.starts_with('!')) return false;  // stands for bytes that are no record
  out += record;
  out += '\n';
  return true;
}

net::SharedFd memory_file() { return net::share(net::UniqueFd(memfd_create("test", MFD_CLOEXEC))); }

std::string contents(const net::SharedFd& fd) { return net::read_text(raw(fd), 1 << 20).value(); }

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    read.reset(ends[0]);
    write = net::share(net::UniqueFd(ends[1]));
  }
  net::UniqueFd read;
  net::SharedFd write;
};

class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() { std::signal(SIGPIPE, SIG_IGN); }

  AccessLog& start() {
    log_.emplace(std::vector<ByteRing*>{&first_, &second_}, as_line,
                 [this](const std::string& message) { complaints_.push_back(message); });
    return *log_;
  }

  ByteRing first_{1 << 16};
  ByteRing second_{1 << 20};
  std::vector<std::string> complaints_;  // written by the log's thread; read after it has ended, or after flush()
  std::optional<AccessLog> log_;
};

TEST_F(AccessLogTest, WritesTheRecordsOfAllRings) {
  const net::SharedFd file = memory_file();
  AccessLog& log = start();
  log.set_output(file);
  first_.push({"one"});
  second_.push({"two"});
  first_.push({"three"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(contents(file), "one\nthree\ntwo\n");
  EXPECT_EQ(log.counters().written.load(), 3U);
  EXPECT_EQ(log.counters().lost.load(), 0U);
}

TEST_F(AccessLogTest, WithoutFlushALineIsThereSoon) {
  const Pipe pipe;
  start().set_output(pipe.write);
  first_.push({"one"});
  std::array<char, 16> bytes{};
  EXPECT_EQ(read(pipe.read.get(), bytes.data(), bytes.size()), 4);  // waits for it
}

TEST_F(AccessLogTest, WritesWhatIsLeftWhenItEnds) {
  const net::SharedFd file = memory_file();
  start().set_output(file);
  for (int i = 0; i < 100; ++i) first_.push({"line"});
  log_.reset();
  EXPECT_EQ(contents(file).size(), 500U);
}

TEST_F(AccessLogTest, GoesOnInTheNewOutputAfterAReload) {
  const net::SharedFd before = memory_file();
  const net::SharedFd after = memory_file();
  AccessLog& log = start();
  log.set_output(before);
  first_.push({"one"});
  ASSERT_TRUE(log.flush(kLong));
  log.set_output(after);
  first_.push({"two"});
  ASSERT_TRUE(log.flush(kLong));
  log.set_output(nullptr);
  first_.push({"three"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(contents(before), "one\n");
  EXPECT_EQ(contents(after), "two\n");
  EXPECT_EQ(log.counters().lost.load(), 0U);  // nobody wanted it
}

TEST_F(AccessLogTest, LeavesOutWhatIsNoRecord) {
  const net::SharedFd file = memory_file();
  AccessLog& log = start();
  log.set_output(file);
  first_.push({"!broken"});
  first_.push({"whole"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(contents(file), "whole\n");
}

TEST_F(AccessLogTest, AFullDiskCostsLinesAndOneComplaint) {
  const net::SharedFd full = net::share(net::UniqueFd(open("/dev/full", O_WRONLY | O_CLOEXEC)));
  ASSERT_TRUE(full);
  AccessLog& log = start();
  log.set_output(full);
  first_.push({"one"});
  first_.push({"two"});
  ASSERT_TRUE(log.flush(kLong));
  first_.push({"three"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(log.counters().lost.load(), 3U);
  EXPECT_EQ(log.counters().written.load(), 0U);
  ASSERT_EQ(complaints_.size(), 1U);
  EXPECT_EQ(complaints_[0], "2 lines of the access log were lost: write: No space left on device");
}

TEST_F(AccessLogTest, AFileThatMayGrowNoFurtherKeepsItsNextLineWhole) {
  const net::SharedFd file = memory_file();
  AccessLog& log = start();
  log.set_output(file);
  first_.push({"12345"});
  ASSERT_TRUE(log.flush(kLong));
  // Two bytes more, and no further.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 8;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  first_.push({"abcdef"});
  ASSERT_TRUE(log.flush(kLong));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  first_.push({"next"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(contents(file), "12345\nab\nnext\n");
  EXPECT_EQ(log.counters().written.load(), 2U);
  EXPECT_EQ(log.counters().lost.load(), 1U);
}

TEST_F(AccessLogTest, AClosedPipeCostsLinesOnly) {
  Pipe pipe;
  AccessLog& log = start();
  log.set_output(pipe.write);
  pipe.read.reset();
  first_.push({"one"});
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(log.counters().lost.load(), 1U);
  ASSERT_EQ(complaints_.size(), 1U);
  EXPECT_NE(complaints_[0].find("Broken pipe"), std::string::npos) << complaints_[0];
}

TEST_F(AccessLogTest, APipeThatNobodyReadsIsGivenUpAndNeverHoldsUpTheEnd) {
  const Pipe pipe;
  ASSERT_EQ(fcntl(pipe.write->get(), F_SETPIPE_SZ, 4096), 4096);
  AccessLog& log = start();
  log.set_output(pipe.write);
  const std::string line(99, 'x');
  std::size_t pushed = 0;
  while (second_.push({line})) ++pushed;  // more than the pipe takes
  ASSERT_GT(pushed, 5000U);
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(log.counters().written.load() + log.counters().lost.load(), pushed);
  EXPECT_GT(log.counters().lost.load(), 0U);
  while (second_.push({line})) {
  }
  log_.reset();  // returns
}

TEST_F(AccessLogTest, APipeWithASlowReaderGetsEveryLineOfABurst) {
  const Pipe pipe;
  AccessLog& log = start();
  log.set_output(pipe.write);
  const std::string line(99, 'x');
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(second_.push({line}));
  std::size_t received = 0;
  std::array<char, 1000> bytes{};
  while (received < 200'000) {
    const ssize_t count = read(pipe.read.get(), bytes.data(), bytes.size());
    ASSERT_GT(count, 0);
    received += static_cast<std::size_t>(count);
  }
  ASSERT_TRUE(log.flush(kLong));
  EXPECT_EQ(log.counters().written.load(), 2000U);
}

}  // namespace
}  // namespace stead::service::log
