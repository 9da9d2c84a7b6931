#include "service/check/probe.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/service/check/fake_member.h"

namespace stead::service::check {
namespace {

using core::health::CheckResult;
using Tcp = boost::asio::ip::tcp;

constexpr Duration kLong = 20s;    // only ever waited for by a test that fails
constexpr Duration kShort = 50ms;  // waited for where silence is what is tested

config::Check tcp_check() {
  config::Check check;
  check.kind = config::CheckKind::Tcp;
  return check;
}

config::Check http_check(std::string body = {}) {
  config::Check check;
  check.kind = config::CheckKind::Http;
  check.path = "/healthz";
  check.expect_body = std::move(body);
  return check;
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ProbeTest : public testing::Test {
 protected:
  ProbeReport probe(const std::optional<Tcp::endpoint>& endpoint, const config::Check& check,
                    Duration timeout = kLong) {
    std::optional<ProbeReport> report;
    Probe::start(loop_, endpoint, check, "app-1:8000", timeout, [&](ProbeReport got) { report = std::move(got); });
    EXPECT_FALSE(report) << "done was called from within start()";
    loop_.restart();
    while (!report && loop_.run_one() > 0) {
    }
    return report.value();
  }

  ProbeReport probe(FakeMember::Reply reply, const config::Check& check, Duration timeout = kLong) {
    members_.push_back(std::make_unique<FakeMember>(loop_, std::move(reply)));
    return probe(members_.back()->endpoint(), check, timeout);
  }

  boost::asio::io_context loop_;
  std::vector<std::unique_ptr<FakeMember>> members_;  // all of a test's: operations of earlier ones may be under way
};

TEST_F(ProbeTest, ATcpCheckPassesWhenTheConnectionIsAccepted) {
  const ProbeReport report = probe(FakeMember::Reply{.bytes = {}, .silent = true}, tcp_check());
  EXPECT_EQ(report.result, CheckResult::Passed);
  EXPECT_GT(report.took, Duration::zero());
}

TEST_F(ProbeTest, AMemberThatListensNoMoreRefuses) {
  FakeMember member(loop_, {});
  const Tcp::endpoint endpoint = member.endpoint();
  member.stop();
  EXPECT_EQ(probe(endpoint, tcp_check()).result, CheckResult::Refused);
  const ProbeReport report = probe(endpoint, http_check());
  EXPECT_EQ(report.result, CheckResult::Refused);
  EXPECT_EQ(report.detail, "Connection refused");
}

TEST_F(ProbeTest, AMemberWithoutAnAddressFails) {
  const ProbeReport report = probe(std::nullopt, http_check());
  EXPECT_EQ(report.result, CheckResult::NoAddress);
  EXPECT_EQ(report.detail, "its name has no address");
}

TEST_F(ProbeTest, AConnectionThatNobodyAnswersTimesOut) {
  // A listener whose queue is full: the kernel drops further attempts.
  Tcp::acceptor full(loop_, Tcp::v4());
  full.bind(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  Tcp::socket waiting(loop_);
  waiting.connect(full.local_endpoint());
  EXPECT_EQ(probe(full.local_endpoint(), tcp_check(), kShort).result, CheckResult::ConnectTimeout);
}

TEST_F(ProbeTest, AnHttpCheckAsksForItsPathWithTheMembersHost) {
  const ProbeReport report = probe(FakeMember::Reply{.bytes = ok("fine")}, http_check());
  EXPECT_EQ(report.result, CheckResult::Passed);
  EXPECT_EQ(report.detail, "status 200");
  ASSERT_EQ(members_.back()->requests().size(), 1U);
  EXPECT_TRUE(members_.back()->requests()[0].starts_with("GET /healthz HTTP/1.1\r\nHost: app-1:8000\r\n"));
}

TEST_F(ProbeTest, AStatusOutsideTheRangeFails) {
  config::Check check = http_check();
  check.expect_status_from = 200;
  check.expect_status_to = 299;
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 204 No Content\r\n\r\n"}, check).result, CheckResult::Passed);
  const ProbeReport report = probe(FakeMember::Reply{.bytes = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"}, check);
  EXPECT_EQ(report.result, CheckResult::WrongStatus);
  EXPECT_EQ(report.detail, "status 503");
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"}, check).result,
            CheckResult::WrongStatus);
}

TEST_F(ProbeTest, AnInterimAnswerIsNotTheAnswer) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("")}, http_check()).result,
            CheckResult::Passed);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 100 Continue\r\n\r\n"}, http_check()).result,
            CheckResult::Closed);
}

TEST_F(ProbeTest, AMemberThatAcceptsAndSaysNothingTimesOut) {
  const ProbeReport report = probe(FakeMember::Reply{.bytes = {}, .silent = true}, http_check(), kShort);
  EXPECT_EQ(report.result, CheckResult::TimedOut);
  EXPECT_GE(report.took, kShort);
}

TEST_F(ProbeTest, AMemberThatStopsInTheMiddleOfItsHeadTimesOut) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\nA: b", .close = false}, http_check(), kShort).result,
            CheckResult::TimedOut);
}

TEST_F(ProbeTest, AnAnswerThatComesByteByByteIsStillAnAnswer) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = ok("all is well"), .byte_by_byte = true}, http_check("is well")).result,
            CheckResult::Passed);
}

TEST_F(ProbeTest, AMemberThatClosesWithoutAnAnswerFails) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = ""}, http_check()).result, CheckResult::Closed);
}

TEST_F(ProbeTest, GarbageIsMalformed) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "SSH-2.0-OpenSSH_9.2\r\n\r\n"}, http_check()).result,
            CheckResult::Malformed);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = std::string(64, '\0') + "\r\n\r\n"}, http_check()).result,
            CheckResult::Malformed);
  EXPECT_EQ(
      probe(FakeMember::Reply{.bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"},
            http_check())
          .result,
      CheckResult::Malformed);
}

TEST_F(ProbeTest, AHeadWithoutEndIsRefusedAndNotStored) {
  const std::string endless = "HTTP/1.1 200 OK\r\nA: " + std::string(1 << 20, 'x');
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = endless, .close = false}, http_check()).result, CheckResult::Malformed);
}

TEST_F(ProbeTest, TheTextIsFoundWhereverTheBodyEnds) {
  const config::Check check = http_check("ready");
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = ok("{\"state\": \"ready\"}"), .close = false}, check).result,
            CheckResult::Passed);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\n\r\nI am ready"}, check).result, CheckResult::Passed);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                             "5\r\nI rea\r\n2\r\ndy\r\n0\r\n\r\n",
                                    .close = false},
                  check)
                .result,
            CheckResult::Passed);
}

TEST_F(ProbeTest, ABodyWithoutTheTextFails) {
  const config::Check check = http_check("ready");
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = ok("starting"), .close = false}, check).result, CheckResult::WrongBody);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\n\r\nstarting"}, check).result, CheckResult::WrongBody);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                    .close = false},
                  check)
                .result,
            CheckResult::WrongBody);
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = "HTTP/1.1 204 No Content\r\n\r\n"}, check).result, CheckResult::WrongBody);
}

TEST_F(ProbeTest, BytesBehindTheBodyAreNotSearched) {
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = ok("no") + "ready"}, http_check("ready")).result, CheckResult::WrongBody);
}

TEST_F(ProbeTest, ABodyThatEndsEarlyIsNoAnswer) {
  EXPECT_EQ(
      probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"}, http_check("ready"))
          .result,
      CheckResult::Closed);
}

TEST_F(ProbeTest, ABadChunkIsMalformed) {
  EXPECT_EQ(
      probe(FakeMember::Reply{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}, http_check("a"))
          .result,
      CheckResult::Malformed);
}

TEST_F(ProbeTest, OfAHugeBodyOnlyTheFirst64KiBAreSearched) {
  const std::size_t huge = std::size_t{8} << 20U;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(huge + 5) + "\r\n\r\n";
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = head + std::string(huge, 'x') + "ready"}, http_check("ready")).result,
            CheckResult::WrongBody);
  std::string body(huge + 5, 'x');
  body.replace(Probe::kMaxBodyBytes - 5, 5, "ready");
  EXPECT_EQ(probe(FakeMember::Reply{.bytes = head + body}, http_check("ready")).result, CheckResult::Passed);
}

TEST_F(ProbeTest, ACancelledCheckSaysNothing) {
  FakeMember member(loop_, {.bytes = ok("")});
  bool called = false;
  const auto probe =
      Probe::start(loop_, member.endpoint(), http_check(), "", kLong, [&](ProbeReport) { called = true; });
  loop_.run_one();
  probe->cancel();
  member.stop();
  loop_.run();  // ends: nothing is left behind
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace stead::service::check
