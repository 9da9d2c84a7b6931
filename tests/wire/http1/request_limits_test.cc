// The limits of a request's head: they hold while it arrives, not only when it is complete.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "wire/http1/request_parser.h"

namespace stead::wire::http1::testing {
namespace {

std::string head_of_size(std::size_t size) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string end = "\r\n\r\n";
  return start + std::string(size - start.size() - end.size(), 'x') + end;
}

TEST(RequestLimits, AllowAHeadOfExactlyTheLimitAndNotOneByteMore) {
  RequestParser parser;
  EXPECT_EQ(parser.parse(head_of_size(kMaxHeadBytes)), Progress::Complete);
  EXPECT_EQ(parser.head().size, kMaxHeadBytes);
  parser.reset();
  EXPECT_EQ(parser.parse(head_of_size(kMaxHeadBytes + 1)), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::HeadTooLarge);
}

TEST(RequestLimits, CountTheHeadAndNotTheBodyBehindIt) {
  RequestParser parser({.head_bytes = 64, .target_bytes = 64});
  EXPECT_EQ(parser.parse(head_of_size(64) + std::string(1000, 'b')), Progress::Complete);
}

TEST(RequestLimits, AreReachedWhenTheBufferIsFullWithoutAnEnd) {
  const std::string sample = head_of_size(200);
  RequestParser parser({.head_bytes = 100, .target_bytes = 100});
  for (std::size_t size = 0; size < 100; ++size) {
    ASSERT_EQ(parser.parse(std::string_view(sample).substr(0, size)), Progress::Incomplete) << size;
  }
  EXPECT_EQ(parser.parse(std::string_view(sample).substr(0, 100)), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::HeadTooLarge);
}

TEST(RequestLimits, OfTheHeadCannotBeRaisedAboveWhatOffsetsHold) {
  RequestParser parser({.head_bytes = 1U << 20U, .target_bytes = 1U << 20U});
  EXPECT_EQ(parser.parse(head_of_size(kMaxHeadBytes + 1)), Progress::Refused);
}

TEST(RequestLimits, OfTheTargetHoldBeforeTheTargetEnds) {
  const std::string target = "/" + std::string(9, 'a');
  for (const std::string& rest : {std::string(" HTTP/1.0\r\n\r\n"), std::string()}) {
    RequestParser parser({.head_bytes = 1000, .target_bytes = 10});
    EXPECT_EQ(parser.parse("GET " + target + rest), rest.empty() ? Progress::Incomplete : Progress::Complete);
    parser.reset();
    EXPECT_EQ(parser.parse("GET " + target + "a" + rest), Progress::Refused);
    EXPECT_EQ(parser.refusal(), Refusal::TargetTooLong);
  }
}

TEST(RequestLimits, SurviveAReset) {
  RequestParser parser({.head_bytes = 32, .target_bytes = 4});
  ASSERT_EQ(parser.parse("GET /aaaa HTTP/1.0\r\n\r\n"), Progress::Refused);
  parser.reset();
  ASSERT_EQ(parser.parse("GET /aaaa HTTP/1.0\r\n\r\n"), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::TargetTooLong);
}

// A head that comes byte by byte must not cost its length squared. What was looked at is made unreadable here before
// more is given: a parser that looked again would refuse it.
TEST(RequestLimits, AreReachedWithoutLookingAtTheSameBytesAgain) {
  for (const std::string start : {"GET /", "GET / HTTP/1.1\r\nX", "GET / HTTP/1.1\r\nX:", "GET / HTTP/1.1\r\nX: a"}) {
    SCOPED_TRACE(start);
    std::string sample = start;
    RequestParser parser({.head_bytes = kMaxHeadBytes, .target_bytes = kMaxHeadBytes});
    ASSERT_EQ(parser.parse(sample), Progress::Incomplete);
    while (sample.size() + 1 < kMaxHeadBytes) {
      sample += start.ends_with(':') ? ' ' : 'a';
      ASSERT_EQ(parser.parse(sample), Progress::Incomplete) << sample.size();
      sample.back() = '\0';
    }
    EXPECT_EQ(parser.parse(sample + "a"), Progress::Refused);
    EXPECT_EQ(parser.refusal(), Refusal::HeadTooLarge);
  }
}

}  // namespace
}  // namespace stead::wire::http1::testing
