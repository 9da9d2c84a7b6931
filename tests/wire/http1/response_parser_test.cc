// Responses that are accepted, and what is made of them.
#include "wire/http1/response_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/response_feeder.h"

namespace stead::wire::http1::testing {
namespace {

TEST(ResponseParser, TakesAPlainAnswerToPieces) {
  EXPECT_EQ(response_outcome("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer:  x \r\n\r\n"),
            "200 reason=OK 1.1 keep-alive body: length 5 announced=5 size=51\n- Content-Length=5\n+ Server=x\n");
}

// RFC 9112 section 4.
TEST(ResponseParser, ReadsTheStatusLine) {
  const std::pair<std::string_view, std::string_view> lines[] = {
      {"HTTP/1.1 404 Not Found", "404 reason=Not Found 1.1"},
      {"HTTP/1.1 200 ", "200 reason= 1.1"},
      {"HTTP/1.1 200", "200 reason= 1.1"},  // without the blank that ought to be there
      {"HTTP/1.0 599 \t\xc3\xa9 \xff", "599 reason=\t\xc3\xa9 \xff 1.0"},
      {"HTTP/1.1 999 x", "999 reason=x 1.1"},
  };
  for (const auto& [line, expected] : lines) {
    const std::string sample = std::string(line) + "\r\nContent-Length: 0\r\n\r\n";
    EXPECT_TRUE(response_outcome(sample).starts_with(expected)) << response_outcome(sample);
  }
}

TEST(ResponseParser, LooksAtNothingBehindTheHead) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(response_outcome(head + "a\n\x80"), response_outcome(head));
}

TEST(ResponseParser, ForgetsEverythingAtReset) {
  ResponseParser parser;
  ASSERT_EQ(parser.parse("HTTP/1.0 304 x\r\nKeep-Alive: timeout=3\r\nContent-Length: 7\r\n\r\n", Method::Get),
            Progress::Complete);
  parser.reset();
  const std::string_view second = "HTTP/1.1 200 \r\n\r\n";
  ASSERT_EQ(parser.parse(second, Method::Get), Progress::Complete);
  const ResponseHead& head = parser.head();
  EXPECT_EQ(head.framing, Framing::UntilClose);
  EXPECT_FALSE(head.announced_length);
  EXPECT_EQ(head.content_length, 0U);
  EXPECT_EQ(head.keep_alive_timeout_s, -1);
  EXPECT_EQ(head.reason.length, 0U);
  EXPECT_EQ(head.field_count, 0U);
}

std::string framing_of(std::string_view status, std::string_view fields) {
  std::string sample = "HTTP/1.1 " + std::string(status) + " x\r\n";
  const std::string outcome = response_outcome(sample.append(fields) + "\r\n");
  const std::size_t begin = outcome.find("1.1 ") + 4;
  return outcome.substr(begin, outcome.find(" size=") - begin);
}

// RFC 9112 section 6.3, rule by rule.
TEST(ResponseParser, ReadsTheFraming) {
  EXPECT_EQ(framing_of("200", "Content-Length: 5\r\n"), "keep-alive body: length 5 announced=5");
  EXPECT_EQ(framing_of("200", "Content-Length: 0\r\n"), "keep-alive body: length 0 announced=0");
  EXPECT_EQ(framing_of("200", "Transfer-Encoding: Chunked\r\n"), "keep-alive body: chunked");
  EXPECT_EQ(framing_of("200", ""), "close body: until close");
  EXPECT_EQ(framing_of("200", "Connection: keep-alive\r\n"), "close body: until close");
  EXPECT_EQ(framing_of("205", "Content-Length: 0\r\n"), "keep-alive body: length 0 announced=0");
  EXPECT_EQ(framing_of("404", "Content-Length: 1\r\nConnection: close\r\n"), "close body: length 1 announced=1");
}

TEST(ResponseParser, ExpectsNoBodyOfA304ButKeepsWhatItAnnounced) {
  EXPECT_EQ(framing_of("304", ""), "keep-alive body: none");
  EXPECT_EQ(framing_of("304", "Content-Length: 5\r\n"), "keep-alive body: none announced=5");
  EXPECT_EQ(framing_of("304", "Transfer-Encoding: chunked\r\n"), "keep-alive body: none");
}

TEST(ResponseParser, ExpectsNoBodyOfAnAnswerToHeadButKeepsWhatItAnnounced) {
  EXPECT_EQ(response_outcome<Method::Head>("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
            "200 reason=OK 1.1 keep-alive body: none announced=5 size=38\n- Content-Length=5\n");
  EXPECT_EQ(response_outcome<Method::Head>("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "200 reason=OK 1.1 keep-alive body: none size=47\n- Transfer-Encoding=chunked\n");
  EXPECT_EQ(response_outcome<Method::Head>("HTTP/1.1 200 OK\r\n\r\n"),
            "200 reason=OK 1.1 keep-alive body: none size=19\n");
}

// RFC 9110 section 15.3.5. What is announced all the same may follow: then the next answer would begin with it.
TEST(ResponseParser, DoesNotReuseAConnectionWhose204AnnouncedABody) {
  EXPECT_EQ(framing_of("204", ""), "keep-alive body: none");
  EXPECT_EQ(framing_of("204", "Content-Length: 0\r\n"), "keep-alive body: none announced=0");
  EXPECT_EQ(framing_of("204", "Content-Length: 5\r\n"), "close body: none announced=5");
  EXPECT_EQ(framing_of("204", "Transfer-Encoding: chunked\r\n"), "close body: none");
}

TEST(ResponseParser, ExpectsNoBodyOfAnInterimAnswer) {
  EXPECT_EQ(framing_of("100", ""), "keep-alive body: none");
  EXPECT_EQ(framing_of("101", "Connection: upgrade\r\nUpgrade: websocket\r\n"), "keep-alive body: none");
  EXPECT_EQ(framing_of("199", ""), "keep-alive body: none");
}

// RFC 9112 section 6.3, rule 2.
TEST(ResponseParser, TakesASuccessfulConnectForATunnel) {
  EXPECT_EQ(response_outcome<Method::Connect>("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
            "200 reason=OK 1.1 close body: none announced=5 size=38\n- Content-Length=5\n");
  EXPECT_EQ(response_outcome<Method::Connect>("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n"),
            "403 reason=No 1.1 keep-alive body: length 5 announced=5 size=38\n- Content-Length=5\n");
}

// RFC 9112 section 9.3.
TEST(ResponseParser, ReusesTheConnectionOfAnOldMemberOnlyOnItsWord) {
  const auto old = [](std::string_view connection) {
    const std::string sample = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n" + std::string(connection) + "\r\n";
    return response_outcome(sample).find(" keep-alive ") != std::string::npos;
  };
  EXPECT_FALSE(old(""));
  EXPECT_FALSE(old("Keep-Alive: timeout=5\r\n"));
  EXPECT_FALSE(old("Connection: close\r\n"));
  EXPECT_FALSE(old("Connection: keep-alive, close\r\n"));
  EXPECT_TRUE(old("Connection: Keep-Alive\r\n"));
}

TEST(ResponseParser, ReadsTheTimeoutOfKeepAliveAndPassesOverGarbage) {
  const auto timeout_of = [](std::string_view value) {
    const std::string sample = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: " + std::string(value) + "\r\n\r\n";
    ResponseParser parser;
    EXPECT_EQ(parser.parse(sample, Method::Get), Progress::Complete);
    response_outcome(sample);
    return parser.head().keep_alive_timeout_s;
  };
  EXPECT_EQ(timeout_of("timeout=5"), 5);
  EXPECT_EQ(timeout_of("timeout=5, max=100"), 5);
  EXPECT_EQ(timeout_of("max=100,Timeout = 75 "), 75);
  EXPECT_EQ(timeout_of("timeout=0"), 0);
  EXPECT_EQ(timeout_of("timeout=x, timeout=7"), 7);
  EXPECT_EQ(timeout_of("timeout=999999999"), 999999999);
  for (const char* garbage : {"", ",", "5", "timeout", "timeout=", "timeout=-1", "timeout=5s", "timeout=9999999999",
                              "timeouts=5", "=5", "timeout==5", "timeout=\"5\"", "timeout 5"}) {
    EXPECT_EQ(timeout_of(garbage), -1) << garbage;
  }
}

TEST(ResponseParser, DropsTheHopByHopFieldsAndThoseThatConnectionNames) {
  EXPECT_EQ(response_outcome("HTTP/1.1 200 OK\r\nX-Mine: 1\r\nConnection: x-mine\r\nKeep-Alive: timeout=1\r\n"
                             "Proxy-Authenticate: Basic\r\nTrailer: X\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n"
                             "Set-Cookie: a=b\r\nX_Under: 1\r\n\r\n"),
            "200 reason=OK 1.1 keep-alive body: chunked timeout=1 size=183\n"
            "- X-Mine=1\n- Connection=x-mine\n- Keep-Alive=timeout=1\n- Proxy-Authenticate=Basic\n- Trailer=X\n"
            "- Upgrade=h2c\n- Transfer-Encoding=chunked\n+ Set-Cookie=a=b\n+ X_Under=1\n");
}

}  // namespace
}  // namespace stead::wire::http1::testing
