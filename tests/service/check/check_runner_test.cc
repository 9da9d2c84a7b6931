#include "service/check/check_runner.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/service/check/fake_member.h"

namespace stead::service::check {
namespace {

using core::health::CheckResult;

constexpr Duration kLong = 20s;

CheckRequest request_for(const std::string& key, const FakeMember& member) {
  config::Check check;
  check.kind = config::CheckKind::Http;
  check.path = "/";
  return {.key = key, .address = member.endpoint(), .check = check, .host = key, .timeout = kLong};
}

class CheckRunnerTest : public testing::Test {
 protected:
  void run_until_done(std::size_t count) {
    while (done_.size() < count && loop_.run_one() > 0) {
    }
    ASSERT_EQ(done_.size(), count);
  }

  boost::asio::io_context loop_;
  std::map<std::string, ProbeReport> done_;
  std::vector<std::string> complaints_;
  CheckRunner runner_{loop_, [this](const std::string& key, const ProbeReport& report) { done_[key] = report; },
                      [this](const std::string& message) { complaints_.push_back(message); }};
  FakeMember member_{loop_, {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}};
};

TEST_F(CheckRunnerTest, MakesOnlySoManyChecksAtOnceAndAllInTheEnd) {
  constexpr std::size_t kChecks = CheckRunner::kMaxAtOnce * 3;
  for (std::size_t i = 0; i < kChecks; ++i) runner_.start(request_for(std::to_string(i), member_));
  EXPECT_EQ(runner_.under_way(), CheckRunner::kMaxAtOnce);
  EXPECT_EQ(runner_.waiting(), kChecks - CheckRunner::kMaxAtOnce);
  while (done_.size() < kChecks && loop_.run_one() > 0) {
    ASSERT_LE(runner_.under_way(), CheckRunner::kMaxAtOnce);
  }
  EXPECT_EQ(done_.size(), kChecks);
  for (const auto& [key, report] : done_) EXPECT_EQ(report.result, CheckResult::Passed) << key;
  EXPECT_EQ(runner_.under_way(), 0U);
}

TEST_F(CheckRunnerTest, ACancelledCheckMakesRoomAndIsNotReported) {
  FakeMember silent(loop_, {.bytes = {}, .silent = true});
  for (std::size_t i = 0; i < CheckRunner::kMaxAtOnce; ++i)
    runner_.start(request_for("silent" + std::to_string(i), silent));
  runner_.start(request_for("waits", member_));
  runner_.start(request_for("waits and is cancelled", member_));
  EXPECT_EQ(runner_.waiting(), 2U);
  runner_.cancel("waits and is cancelled");
  runner_.cancel("silent7");
  EXPECT_EQ(runner_.waiting(), 0U);
  run_until_done(1);
  EXPECT_TRUE(done_.contains("waits"));
}

TEST_F(CheckRunnerTest, ACheckThatCannotBeMadeByOurFaultIsNoVerdict) {
  // No more descriptors than there are: making a socket fails with EMFILE.
  std::vector<boost::asio::ip::tcp::socket> taken;
  boost::system::error_code error;
  while (!error) {
    boost::asio::ip::tcp::socket socket(loop_);
    socket.open(boost::asio::ip::tcp::v4(), error);
    if (!error) taken.push_back(std::move(socket));
  }
  runner_.start(request_for("a", member_));
  runner_.start(request_for("b", member_));
  taken.clear();
  while (complaints_.empty() && loop_.run_one() > 0) {
  }
  ASSERT_EQ(complaints_.size(), 1U);
  EXPECT_NE(complaints_[0].find("Too many open files"), std::string::npos) << complaints_[0];
  EXPECT_TRUE(done_.empty());
  run_until_done(2);
  EXPECT_EQ(done_["a"].result, CheckResult::Passed);
  EXPECT_EQ(complaints_.size(), 1U);
}

}  // namespace
}  // namespace stead::service::check
