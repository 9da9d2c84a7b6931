// What Connection and the other hop-by-hop fields of a request do (RFC 9110 sections 7.6.1 and 7.8, RFC 9112 section
// 9).
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/request_feeder.h"

namespace stead::wire::http1::testing {
namespace {

bool keeps_alive(std::string_view version, std::string_view fields) {
  std::string sample = "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n";
  sample.append(fields).append("\r\n");
  return ParsedRequest(sample).head().keep_alive;
}

// RFC 9112 section 9.3.
TEST(RequestConnection, IsKeptByDefaultSinceVersion11) {
  EXPECT_TRUE(keeps_alive("1.1", ""));
  EXPECT_TRUE(keeps_alive("1.1", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps_alive("1.1", "Connection:\r\n"));
  EXPECT_TRUE(keeps_alive("1.1", "Connection: closed\r\n"));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: CLOSE\r\n"));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: keep-alive, x,, close ,\r\n"));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: close\r\nConnection: keep-alive\r\n")) << "close wins";
}

TEST(RequestConnection, OfAnOldClientIsKeptOnlyOnItsWish) {
  EXPECT_FALSE(keeps_alive("1.0", ""));
  EXPECT_FALSE(keeps_alive("1.0", "Keep-Alive: timeout=5\r\n"));
  EXPECT_FALSE(keeps_alive("1.0", "Proxy-Connection: keep-alive\r\n")) << "RFC 9112 appendix C.2.2";
  EXPECT_TRUE(keeps_alive("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps_alive("1.0", "Connection: keep-alive, close\r\n"));
}

TEST(RequestConnection, DropsTheHopByHopFieldsUnasked) {
  const ParsedRequest request(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\n"
      "Trailer: X\r\nUpgrade: h2c\r\nProxy-Authorization: secret\r\nContent-Length: 1\r\nAuthorization: mine\r\n\r\n");
  for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade",
                           "Proxy-Authorization", "Content-Length"}) {
    EXPECT_TRUE(request.dropped(name)) << name;
  }
  EXPECT_FALSE(request.dropped("Host"));
  EXPECT_FALSE(request.dropped("Authorization"));
}

TEST(RequestConnection, DropsWhatItNamesBeforeAndBehindIt) {
  const ParsedRequest request(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Before: 1\r\nConnection: x-before, X-BEHIND,\tnot-there\r\nx-behind: 2\r\n"
      "Connection: x-third\r\nX-Third: 3\r\nX-Behind-It: 4\r\nX-behind: 5\r\n\r\n");
  EXPECT_EQ(describe_fields(request.bytes, request.head().fields()),
            "+ Host=a\n- X-Before=1\n- Connection=x-before, X-BEHIND,\tnot-there\n- x-behind=2\n- Connection=x-third\n"
            "- X-Third=3\n+ X-Behind-It=4\n- X-behind=5\n");
}

TEST(RequestConnection, MayNotNameAFieldThatTheMessageNeeds) {
  for (const char* name :
       {"Host", "host", "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Cache-Control"}) {
    SCOPED_TRACE(name);
    const std::string sample =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, " + std::string(name) + "\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(request_outcome(sample), RequestFeeder::refused(Refusal::BadFieldValue));
  }
}

TEST(RequestConnection, MustBeAListOfTokens) {
  for (const char* value : {"\"close\"", "close;x", "close x", "clo(se)", "close, a b", "a:b", "\x80"}) {
    SCOPED_TRACE(value);
    const std::string sample = "GET / HTTP/1.1\r\nHost: a\r\nConnection: " + std::string(value) + "\r\n\r\n";
    EXPECT_EQ(request_outcome(sample), RequestFeeder::refused(Refusal::BadFieldValue));
  }
}

TEST(RequestConnection, HasALimitOfOptionsOverAllItsFields) {
  const auto sample = [](int first, int second) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: x";
    for (int i = 1; i < first; ++i) text += ",x";
    text += "\r\nConnection: x";
    for (int i = 1; i < second; ++i) text += ",";
    return text + "\r\n\r\n";
  };
  RequestParser parser;
  EXPECT_EQ(parser.parse(sample(16, 16)), Progress::Complete);
  EXPECT_EQ(request_outcome(sample(16, 17)), RequestFeeder::refused(Refusal::BadFieldValue));
}

// RFC 9110 section 7.8.
TEST(RequestConnection, UpgradesOnlyWhenBothFieldsSayIt) {
  const auto upgrades = [](std::string_view version, std::string_view fields) {
    std::string sample = "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n";
    sample.append(fields).append("\r\n");
    return ParsedRequest(sample).head().upgrade;
  };
  EXPECT_TRUE(upgrades("1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_TRUE(upgrades("1.1", "Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n"));
  EXPECT_FALSE(upgrades("1.1", "Upgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("1.1", "Connection: upgrade\r\n"));
  EXPECT_FALSE(upgrades("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
}

}  // namespace
}  // namespace stead::wire::http1::testing
