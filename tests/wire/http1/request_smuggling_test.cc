// The fields that say where a request's body ends, in all the forms by which one implementation is led to see another
// end than its neighbour (RFC 9112 sections 6 and 11.2).
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/request_feeder.h"

namespace stead::wire::http1::testing {
namespace {

using namespace std::string_view_literals;

std::string outcome_with(std::string_view fields, std::string_view version = "1.1") {
  std::string sample = "POST / HTTP/" + std::string(version) + "\r\nHost: a\r\n";
  return request_outcome(sample.append(fields) + "\r\n");
}

// RFC 9110 section 8.6: 1*DIGIT, and one field.
TEST(RequestSmuggling, ByContentLengthIsRefused) {
  const std::string_view values[] = {
      "",
      "-1",
      "+5",
      "5 5",
      "5,5",
      "5, 5",
      "5,",
      ",5",
      "5;5",
      "0x5",
      "5x",
      "x5",
      "5.0",
      "5e1",
      "\"5\"",
      "'5'",
      "1_000",
      "5\t5",
      "\xd9\xa5",
      "5\xa0",
      "five",
      "-0",
      "0x",
      "NaN",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      "18446744073709551621",
      "99999999999999999999999999999999",
  };
  for (const std::string_view value : values) {
    SCOPED_TRACE(value);
    const std::string field = "Content-Length: " + std::string(value) + "\r\n";
    EXPECT_EQ(outcome_with(field), RequestFeeder::refused(Refusal::BadContentLength));
    EXPECT_EQ(outcome_with(field, "1.0"), RequestFeeder::refused(Refusal::BadContentLength));
  }
}

TEST(RequestSmuggling, ByTwoContentLengthsIsRefusedEvenWhenTheyAgree) {
  const std::string_view fields[] = {
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 05\r\n",
      "Content-Length: 0\r\nX: y\r\ncontent-length: 0\r\n",
  };
  for (const std::string_view each : fields) {
    SCOPED_TRACE(each);
    EXPECT_EQ(outcome_with(each), RequestFeeder::refused(Refusal::BadContentLength));
  }
}

TEST(RequestSmuggling, ByBothFramingsIsRefusedInEitherOrder) {
  const std::string both = RequestFeeder::refused(Refusal::LengthAndChunked);
  EXPECT_EQ(outcome_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), both);
  EXPECT_EQ(outcome_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), both);
  EXPECT_EQ(outcome_with("Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0\r\n"), both);
}

// RFC 9112 section 6.3: without a final chunked the end cannot be told.
TEST(RequestSmuggling, ByAMisspeltTransferEncodingIsRefused) {
  const std::string_view values[] = {
      "",
      "xchunked",
      "chunkedx",
      "chunke",
      "identity",
      "gzip",
      "chunked;",
      "chunked;q=1",
      "chunked, chunked",
      "chunked,chunked",
      "chunked,",
      ",chunked",
      "chunked, identity",
      "chunked, gzip",
      "gzip, chunked, gzip",
      "gzip, chunked, chunked",
      "chunked chunked",
      "\"chunked\"",
      "'chunked'",
      "chunked\xa0",
      "\xa0"
      "chunked",
      "chun\tked",
      "chunked, ,",
      "gzip;q=1, chunked",
      "gzip chunked",
      "c\xc5\xbfhunked",
      "chun\xe2\x84\xaa"
      "ed",
      "x: chunked",
      "=chunked",
      "chunked\\",
      "{chunked}",
  };
  for (const std::string_view value : values) {
    SCOPED_TRACE(value);
    const std::string field = "Transfer-Encoding: " + std::string(value) + "\r\n";
    EXPECT_EQ(outcome_with(field), RequestFeeder::refused(Refusal::BadTransferEncoding));
    EXPECT_EQ(outcome_with("Content-Length: 5\r\n" + field), RequestFeeder::refused(Refusal::BadTransferEncoding));
  }
}

TEST(RequestSmuggling, ByControlCharactersInTransferEncodingIsRefused) {
  const std::string_view values[] = {"chunked\v"sv,
                                     "\vchunked"sv,
                                     "chunked\f"sv,
                                     "\0chunked"sv,
                                     "chunked\0"sv,
                                     "chunked\x7f"sv,
                                     "\x01"
                                     "chunked"sv,
                                     "chunked\x1f"sv};
  for (const std::string_view value : values) {
    SCOPED_TRACE(value);
    EXPECT_EQ(outcome_with("Transfer-Encoding: " + std::string(value) + "\r\n"),
              RequestFeeder::refused(Refusal::BadFieldValue));
  }
}

TEST(RequestSmuggling, ByLineEndsInTransferEncodingIsRefused) {
  EXPECT_EQ(outcome_with("Transfer-Encoding: chunked\n"), RequestFeeder::refused(Refusal::BareLineFeed));
  EXPECT_EQ(outcome_with("X: y\nTransfer-Encoding: chunked\r\n"), RequestFeeder::refused(Refusal::BareLineFeed));
  EXPECT_EQ(outcome_with("X: y\rTransfer-Encoding: chunked\r\n"), RequestFeeder::refused(Refusal::BareLineFeed));
  EXPECT_EQ(outcome_with("Transfer-Encoding:\r\n chunked\r\n"), RequestFeeder::refused(Refusal::BadTransferEncoding));
  EXPECT_EQ(outcome_with("Transfer-Encoding\r\n: chunked\r\n"), RequestFeeder::refused(Refusal::BadFieldName));
  EXPECT_EQ(outcome_with(" Transfer-Encoding: chunked\r\n"), RequestFeeder::refused(Refusal::ObsoleteFold));
}

TEST(RequestSmuggling, ByTwoTransferEncodingsIsRefused) {
  const std::string_view fields[] = {
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
      "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n",
  };
  for (const std::string_view each : fields) {
    SCOPED_TRACE(each);
    EXPECT_EQ(outcome_with(each), RequestFeeder::refused(Refusal::BadTransferEncoding));
  }
}

// RFC 9112 section 6.1.
TEST(RequestSmuggling, ByTransferEncodingInAnOldRequestIsRefused) {
  EXPECT_EQ(outcome_with("Transfer-Encoding: chunked\r\n", "1.0"),
            RequestFeeder::refused(Refusal::BadTransferEncoding));
  EXPECT_EQ(outcome_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "1.0"),
            RequestFeeder::refused(Refusal::BadTransferEncoding));
}

// RFC 9112 section 6.1: a coding that we don't understand, in the right place, is 501.
TEST(RequestSmuggling, IsToldFromACodingThatWeDoNotKnow) {
  for (const char* value : {"gzip, chunked", "gzip,Chunked", "deflate , gzip\t, chunked", "xchunked, chunked"}) {
    SCOPED_TRACE(value);
    EXPECT_EQ(outcome_with("Transfer-Encoding: " + std::string(value) + "\r\n"),
              RequestFeeder::refused(Refusal::UnsupportedTransferEncoding));
  }
}

// Gateways turn both into HTTP_CONTENT_LENGTH: the name with the underscore does not reach them.
TEST(RequestSmuggling, ByUnderscoresIsDropped) {
  const ParsedRequest request(
      "POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 9\r\nTransfer_Encoding: chunked\r\nX-A_B: 1\r\n_: 1\r\n"
      "Long-Name-Of-More-Than-Sixteen_Characters: 1\r\n\r\n");
  EXPECT_EQ(request.head().framing, Framing::None);
  for (const char* name :
       {"Content_Length", "Transfer_Encoding", "X-A_B", "_", "Long-Name-Of-More-Than-Sixteen_Characters"}) {
    EXPECT_TRUE(request.dropped(name)) << name;
  }
}

}  // namespace
}  // namespace stead::wire::http1::testing
