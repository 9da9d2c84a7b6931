// Answers that are refused: a member's mistake, or somebody who wants one client's bytes to reach another.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/response_feeder.h"

namespace stead::wire::http1::testing {
namespace {

using namespace std::string_view_literals;

struct BadAnswer {
  std::string_view what;
  std::string_view bytes;
  Refusal refusal;
};

// RFC 9112 section 4.
constexpr BadAnswer kStatusLines[] = {
    {"no status line", "Content-Length: 5\r\n\r\n", Refusal::BadVersion},
    {"an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", Refusal::BadVersion},
    {"the rest of a body first", "}HTTP/1.1 200 OK\r\n\r\n", Refusal::BadVersion},
    {"a blank first", " HTTP/1.1 200 OK\r\n\r\n", Refusal::BadVersion},
    {"HTTP/0.9", "<html>", Refusal::BadVersion},
    {"TLS", "\x15\x03\x01", Refusal::BadVersion},
    {"another protocol", "ICY 200 OK\r\n\r\n", Refusal::BadVersion},
    {"small letters", "http/1.1 200 OK\r\n\r\n", Refusal::BadVersion},
    {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", Refusal::BadVersion},
    {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", Refusal::UnsupportedVersion},
    {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", Refusal::UnsupportedVersion},
    {"HTTP/1.11", "HTTP/1.11 200 OK\r\n\r\n", Refusal::BadStatusLine},
    {"no blank behind the version", "HTTP/1.1200 OK\r\n\r\n", Refusal::BadStatusLine},
    {"a tab behind the version", "HTTP/1.1\t200 OK\r\n\r\n", Refusal::BadStatusLine},
    {"two blanks behind the version", "HTTP/1.1  200 OK\r\n\r\n", Refusal::BadStatusLine},
    {"no status", "HTTP/1.1 OK\r\n\r\n", Refusal::BadStatusLine},
    {"nothing behind the version", "HTTP/1.1\r\n\r\n", Refusal::BadStatusLine},
    {"two digits", "HTTP/1.1 20 OK\r\n\r\n", Refusal::BadStatusLine},
    {"four digits", "HTTP/1.1 2000 OK\r\n\r\n", Refusal::BadStatusLine},
    {"status 099", "HTTP/1.1 099 OK\r\n\r\n", Refusal::BadStatusLine},
    {"status 000", "HTTP/1.1 000 OK\r\n\r\n", Refusal::BadStatusLine},
    {"a negative status", "HTTP/1.1 -20 OK\r\n\r\n", Refusal::BadStatusLine},
    {"a status with a sign", "HTTP/1.1 +20 OK\r\n\r\n", Refusal::BadStatusLine},
    {"a status in hexadecimal", "HTTP/1.1 2a0 OK\r\n\r\n", Refusal::BadStatusLine},
    {"a tab behind the status", "HTTP/1.1 200\tOK\r\n\r\n", Refusal::BadStatusLine},
    {"no blank behind the status", "HTTP/1.1 200OK\r\n\r\n", Refusal::BadStatusLine},
    {"NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n"sv, Refusal::BadStatusLine},
    {"an escape character in the reason", "HTTP/1.1 200 \x1b[1m\r\n\r\n", Refusal::BadStatusLine},
    {"a bare LF behind the status", "HTTP/1.1 200\n\r\n", Refusal::BareLineFeed},
    {"a bare LF behind the reason", "HTTP/1.1 200 OK\nX: y\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR behind the status", "HTTP/1.1 200\rOK\r\n\r\n", Refusal::BareLineFeed},
};

// RFC 9112 sections 5 and 6.
constexpr BadAnswer kFields[] = {
    {"white space before the first field", "HTTP/1.1 200 OK\r\n X: y\r\n\r\n", Refusal::ObsoleteFold},
    {"a folded value", "HTTP/1.1 200 OK\r\nX: y\r\n\tz\r\n\r\n", Refusal::ObsoleteFold},
    {"a blank before the colon", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", Refusal::BadFieldName},
    {"a line without a colon", "HTTP/1.1 200 OK\r\nnothing\r\n\r\n", Refusal::BadFieldName},
    {"an empty name", "HTTP/1.1 200 OK\r\n: y\r\n\r\n", Refusal::BadFieldName},
    {"NUL in a value", "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"sv, Refusal::BadFieldValue},
    {"a bare LF in a value", "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR in a value", "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\n\r\n", Refusal::BareLineFeed},
    {"a bare LF for the last line", "HTTP/1.1 200 OK\r\nX: y\r\n\n", Refusal::BareLineFeed},
    {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", Refusal::BadContentLength},
    {"an empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", Refusal::BadContentLength},
    {"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Refusal::BadContentLength},
    {"a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", Refusal::BadContentLength},
    {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", Refusal::BadContentLength},
    {"a length too large", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n", Refusal::BadContentLength},
    {"both framings", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     Refusal::LengthAndChunked},
    {"both framings of a 304", "HTTP/1.1 304 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     Refusal::LengthAndChunked},
    {"identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", Refusal::BadTransferEncoding},
    {"chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", Refusal::BadTransferEncoding},
    {"gzip behind chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
     Refusal::BadTransferEncoding},
    {"gzip before chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     Refusal::UnsupportedTransferEncoding},
    {"chunked of an old member", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Refusal::BadTransferEncoding},
    {"an interim answer with a length", "HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n", Refusal::BadContentLength},
    {"an interim answer in chunks", "HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n",
     Refusal::BadTransferEncoding},
    {"a Connection that names the length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: content-length\r\n\r\n",
     Refusal::BadFieldValue},
};

void expect_refused(const BadAnswer& each) {
  SCOPED_TRACE(each.what);
  EXPECT_EQ(response_outcome(each.bytes), response_refused(each.refusal));
}

TEST(ResponseRefusal, ForAMalformedStatusLine) {
  for (const BadAnswer& each : kStatusLines) expect_refused(each);
}

TEST(ResponseRefusal, ForFieldsThatLeaveTheEndInDoubt) {
  for (const BadAnswer& each : kFields) expect_refused(each);
}

TEST(ResponseRefusal, ForBothFramingsOfAnAnswerToHead) {
  EXPECT_EQ(
      response_outcome<Method::Head>("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
      response_refused(Refusal::LengthAndChunked));
}

TEST(ResponseRefusal, ForAHeadAboveTheLimitWhetherItEndsOrNot) {
  const std::string start = "HTTP/1.1 200 OK\r\nX: ";
  const auto sample = [&start](std::size_t size) {
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  ResponseParser parser;
  EXPECT_EQ(parser.parse(sample(kMaxHeadBytes), Method::Get), Progress::Complete);
  parser.reset();
  EXPECT_EQ(parser.parse(sample(kMaxHeadBytes + 1), Method::Get), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::HeadTooLarge);
  parser.reset();
  EXPECT_EQ(parser.parse("HTTP/1.1 200 " + std::string(kMaxHeadBytes, 'x'), Method::Get), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::HeadTooLarge);
}

TEST(ResponseRefusal, ForTooManyFields) {
  std::string sample = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < kMaxFields; ++i) sample += "X: y\r\n";
  EXPECT_TRUE(response_outcome(sample + "\r\n").starts_with("200 "));
  EXPECT_EQ(response_outcome(sample + "X: y\r\n\r\n"), response_refused(Refusal::TooManyFields));
}

}  // namespace
}  // namespace stead::wire::http1::testing
