// Requests that are accepted, and what is made of them.
#include "wire/http1/request_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/wire/http1/request_feeder.h"

namespace stead::wire::http1::testing {
namespace {

TEST(RequestParser, TakesAPlainGetToPieces) {
  EXPECT_EQ(request_outcome("GET /where?q=now HTTP/1.1\r\nHost: www.example.com\r\nAccept:*/*\r\n\r\n"),
            "GET target=/where?q=now path=/where query=?q=now authority=www.example.com 1.1 keep-alive body: none "
            "size=64\n+ Host=www.example.com\n+ Accept=*/*\n");
}

TEST(RequestParser, LooksAtNothingBehindTheHead) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
  const std::string sample = head + "a\nb\0\x80";
  RequestParser parser;
  ASSERT_EQ(parser.parse(sample), Progress::Complete);
  EXPECT_EQ(parser.head().size, head.size());
  EXPECT_EQ(request_outcome(sample), request_outcome(head));
}

TEST(RequestParser, FindsTheSecondOfTwoPipelinedRequestsAfterReset) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: x-gone\r\nX-Gone: 1\r\n\r\n";
  const std::string second = "GET /2 HTTP/1.0\r\n\r\n";
  const std::string both = first + second;
  RequestParser parser;
  ASSERT_EQ(parser.parse(both), Progress::Complete);
  ASSERT_EQ(parser.head().size, first.size());
  parser.reset();
  const std::string_view rest = std::string_view(both).substr(first.size());
  ASSERT_EQ(parser.parse(rest), Progress::Complete);
  EXPECT_EQ(parser.head().path.in(rest), "/2");
  EXPECT_EQ(parser.head().field_count, 0U);
  EXPECT_EQ(parser.head().authority.length, 0U) << "left over from the first request";
  EXPECT_FALSE(parser.head().keep_alive);
}

TEST(RequestParser, SaysTheSameWhenAskedAgainAfterItsVerdict) {
  RequestParser parser;
  ASSERT_EQ(parser.parse("GET / HTTP/1.0\r\n\r\n"), Progress::Complete);
  EXPECT_EQ(parser.parse("GET / HTTP/1.0\r\n\r\nmore"), Progress::Complete);
  EXPECT_EQ(parser.head().size, 18U);
  parser.reset();
  ASSERT_EQ(parser.parse("\x16\x03\x01"), Progress::Refused);
  EXPECT_EQ(parser.parse("\x16\x03\x01\x02"), Progress::Refused);
  EXPECT_EQ(parser.refusal(), Refusal::BadMethod);
}

// RFC 9110 section 9.1, and any other token.
TEST(RequestParser, KnowsTheMethodsAndPassesOnOthers) {
  const std::pair<std::string, Method> methods[] = {
      {"GET", Method::Get},
      {"HEAD", Method::Head},
      {"POST", Method::Post},
      {"PUT", Method::Put},
      {"DELETE", Method::Delete},
      {"OPTIONS", Method::Options},
      {"TRACE", Method::Trace},
      {"PATCH", Method::Patch},
      {"PROPFIND", Method::Other},
      {"M-SEARCH", Method::Other},
      {"G", Method::Other},
      {"GETS", Method::Other},
      {"!#$%&'*+.^`|~", Method::Other},
      {std::string(32, 'X'), Method::Other},
  };
  for (const auto& [name, method] : methods) {
    const std::string sample = name + " / HTTP/1.1\r\nHost: a\r\n\r\n";
    const ParsedRequest request(sample);
    EXPECT_EQ(request.head().method, method) << name;
    EXPECT_EQ(request.head().method_token.in(sample), name);
  }
}

struct TargetCase {
  const char* line;
  const char* path;
  const char* query;
  const char* authority;
};

// RFC 9112 section 3.2: the four forms.
TEST(RequestParser, TellsTheFormsOfTheTargetApart) {
  const TargetCase cases[] = {
      {"GET / HTTP/1.1", "/", "", "h"},
      {"GET /? HTTP/1.1", "/", "?", "h"},
      {"GET /a/../b%2f;p=1?x=/y?z HTTP/1.1", "/a/../b%2f;p=1", "?x=/y?z", "h"},
      {"GET //not.a.host/ HTTP/1.1", "//not.a.host/", "", "h"},
      {"GET /|^`{}\"<>[]\\ HTTP/1.1", "/|^`{}\"<>[]\\", "", "h"},
      {"GET http://other.example/a?b HTTP/1.1", "/a", "?b", "other.example"},
      {"GET HTTPS://other.example:8443/ HTTP/1.1", "/", "", "other.example:8443"},
      {"GET http://other.example HTTP/1.1", "/", "", "other.example"},
      {"GET http://other.example?a=/b HTTP/1.1", "/", "?a=/b", "other.example"},
      {"GET http://[::1]:80/a HTTP/1.1", "/a", "", "[::1]:80"},
      {"OPTIONS http://other.example HTTP/1.1", "/", "", "other.example"},
      {"OPTIONS * HTTP/1.1", "*", "", "h"},
      {"OPTIONS /a HTTP/1.1", "/a", "", "h"},
      {"CONNECT other.example:443 HTTP/1.1", "", "", "other.example:443"},
      {"CONNECT [2001:db8::1]:443 HTTP/1.1", "", "", "[2001:db8::1]:443"},
  };
  for (const TargetCase& each : cases) {
    SCOPED_TRACE(each.line);
    const std::string sample = std::string(each.line) + "\r\nHost: h\r\n\r\n";
    const ParsedRequest request(sample);
    EXPECT_EQ(request.head().path.in(sample), each.path);
    EXPECT_EQ(request.head().query.in(sample), each.query);
    EXPECT_EQ(request.head().authority.in(sample), each.authority);
  }
}

// RFC 9112 section 3.2.2.
TEST(RequestParser, PrefersTheAuthorityOfAnAbsoluteFormToHostInEitherOrder) {
  const ParsedRequest request("GET http://target.example/ HTTP/1.1\r\nHost: host.example\r\n\r\n");
  EXPECT_EQ(request.head().authority.in(request.bytes), "target.example");
}

// RFC 9112 section 3.2: required in HTTP/1.1; may be empty.
TEST(RequestParser, AcceptsAnEmptyHostAndInOldRequestsNone) {
  EXPECT_EQ(ParsedRequest("GET / HTTP/1.1\r\nHost:\r\n\r\n").head().authority.length, 0U);
  EXPECT_EQ(ParsedRequest("GET / HTTP/1.1\r\nHost: \t \r\n\r\n").head().authority.length, 0U);
  EXPECT_EQ(ParsedRequest("GET / HTTP/1.0\r\n\r\n").head().authority.length, 0U);
}

// RFC 9112 section 2.2: one empty line, and the offsets count from the first byte.
TEST(RequestParser, SkipsOneEmptyLineBeforeTheRequest) {
  EXPECT_EQ(request_outcome("\r\nGET /a HTTP/1.0\r\nA: b\r\n\r\n"),
            "GET target=/a path=/a query= authority= 1.0 close body: none size=27\n+ A=b\n");
}

// RFC 9110 section 5.5.
TEST(RequestParser, TakesTheBlanksAroundAValueOffAndLeavesThoseWithin) {
  const ParsedRequest request(
      "GET / HTTP/1.0\r\nA:\r\nB:  \t \r\nC:\t x \t y\t \r\nD: \xc3\xa9\xff\r\nE: a:b\r\n"
      "F: 0123456789abcdef0123456789abcdef\t0123456789abcdef \r\n\r\n");
  EXPECT_EQ(describe_fields(request.bytes, request.head().fields()),
            "+ A=\n+ B=\n+ C=x \t y\n+ D=\xc3\xa9\xff\n+ E=a:b\n"
            "+ F=0123456789abcdef0123456789abcdef\t0123456789abcdef\n");
}

TEST(RequestParser, RecognisesFieldNamesInAnyCaseAndKeepsThemAsTheyCame) {
  const ParsedRequest request("GET / HTTP/1.1\r\nhOsT: a\r\ncOnTeNt-LeNgTh: 5\r\nX-fOo: 1\r\n\r\n");
  EXPECT_EQ(describe_fields(request.bytes, request.head().fields()), "+ hOsT=a\n- cOnTeNt-LeNgTh=5\n+ X-fOo=1\n");
  EXPECT_EQ(request.head().fields()[0].id, FieldId::Host);
  EXPECT_EQ(request.head().fields()[1].id, FieldId::ContentLength);
}

TEST(RequestParser, FillsFieldsUpToTheirLimit) {
  std::string sample = "GET / HTTP/1.0\r\n";
  for (std::size_t i = 0; i < kMaxFields; ++i) sample += "X-" + std::to_string(i) + ": " + std::to_string(i) + "\r\n";
  const std::string full = sample + "\r\n";
  const ParsedRequest request(full);
  ASSERT_EQ(request.head().fields().size(), kMaxFields);
  const Field& last = request.head().fields().back();
  EXPECT_EQ(full.substr(last.name, last.name_length), "X-99");
  EXPECT_EQ(request_outcome(sample + "One-More: 1\r\n\r\n"), RequestFeeder::refused(Refusal::TooManyFields));
}

// RFC 9112 section 6.
TEST(RequestParser, ReadsTheFraming) {
  const auto framing = [](const std::string& fields) {
    const std::string sample = "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    const ParsedRequest request(sample);
    return describe_framing(request.head().framing, request.head().content_length);
  };
  EXPECT_EQ(framing(""), "none");
  EXPECT_EQ(framing("Content-Length: 0\r\n"), "length 0");
  EXPECT_EQ(framing("Content-Length: \t0042 \r\n"), "length 42");
  EXPECT_EQ(framing("Content-Length: 9223372036854775807\r\n"), "length 9223372036854775807");
  EXPECT_EQ(framing("Transfer-Encoding: chunked\r\n"), "chunked");
  EXPECT_EQ(framing("transfer-encoding:\tCHUNKED\t\r\n"), "chunked");
}

// RFC 9110 section 10.1.1: from an HTTP/1.0 client it is to be ignored.
TEST(RequestParser, HearsTheExpectationOfNewClientsOnly) {
  EXPECT_TRUE(ParsedRequest("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").head().expect_continue);
  EXPECT_FALSE(ParsedRequest("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").head().expect_continue);
  EXPECT_FALSE(ParsedRequest("PUT / HTTP/1.1\r\nHost: a\r\n\r\n").head().expect_continue);
}

TEST(RequestParser, MayBeCopiedWithHalfAHeadAndGoesOnInTheCopy) {
  const std::string sample = "GET /a HTTP/1.1\r\nHost: example.com\r\nAccept: text/html\r\n\r\n";
  for (std::size_t cut = 0; cut < sample.size(); ++cut) {
    RequestParser parser;
    ASSERT_EQ(parser.parse(std::string_view(sample).substr(0, cut)), Progress::Incomplete);
    RequestParser copy = parser;
    ASSERT_EQ(copy.parse(sample), Progress::Complete);
    EXPECT_EQ(copy.head().authority.in(sample), "example.com");
    EXPECT_EQ(copy.head().fields().size(), 2U);
  }
}

}  // namespace
}  // namespace stead::wire::http1::testing
