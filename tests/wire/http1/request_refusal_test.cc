// Hostile and broken requests. Each is refused for its own reason, however it is cut; what many servers do with these
// is how requests are smuggled past one of them.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/request_feeder.h"

namespace stead::wire::http1::testing {
namespace {

using namespace std::string_view_literals;

struct Hostile {
  std::string_view what;
  std::string_view bytes;
  Refusal refusal;
};

void expect_refused(const Hostile& each) {
  SCOPED_TRACE(each.what);
  EXPECT_EQ(request_outcome(each.bytes), RequestFeeder::refused(each.refusal));
}

// RFC 9112 sections 2.2, 2.3 and 3.
constexpr Hostile kRequestLines[] = {
    {"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"an empty line that is a bare LF", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BareLineFeed},
    {"a blank first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a tab first", "\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a byte order mark first", "\xef\xbb\xbfGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"NUL first", "\0GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, Refusal::BadMethod},
    {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a method with a colon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"a method in quotes", "\"GET\" / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n"sv, Refusal::BadMethod},
    {"a method of 33 characters", "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX / HTTP/1.1\r\n", Refusal::BadMethod},
    {"get in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"Head in mixed case", "Head / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"the method alone", "GET\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a tab behind the method", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"two blanks behind the method", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a vertical tab behind the method", "GET\v/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadMethod},
    {"HTTP/0.9", "GET /\r\n", Refusal::BadRequestLine},
    {"HTTP/0.9 with a bare LF", "GET /\n", Refusal::BareLineFeed},
    {"two blanks before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a tab before the version", "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a blank behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a second version", "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"no version", "GET / \r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"the version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"another protocol", "GET / ICY/1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a version without a minor", "GET / HTTP/1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a version with a long minor", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a version with a sign", "GET / HTTP/+1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a version with a comma", "GET / HTTP/1,1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a version with a hexadecimal digit", "GET / HTTP/1.b\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", Refusal::UnsupportedVersion},
    {"HTTP/0.9 in words", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", Refusal::UnsupportedVersion},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", Refusal::UnsupportedVersion},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal::UnsupportedVersion},
    {"a bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR behind the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", Refusal::BareLineFeed},
    {"CR CR LF behind the request line", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", Refusal::BareLineFeed},
};

TEST(RequestRefusal, ForAMalformedRequestLine) {
  for (const Hostile& each : kRequestLines) expect_refused(each);
}

// RFC 9112 section 3.2, RFC 3986.
constexpr Hostile kTargets[] = {
    {"a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"NUL", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"sv, Refusal::BadTarget},
    {"DEL", "GET /a\x7f HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"an escape character", "GET /\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"UTF-8", "GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a bare CR", "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadRequestLine},
    {"a blank within", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadVersion},
    {"a relative path", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a query alone", "GET ?a=b HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a backslash first", "GET \\a HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"an asterisk of GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"an asterisk and more", "OPTIONS *a HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"an authority of GET", "GET example.com:80 HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"another scheme", "GET ftp://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a scheme that begins like ours", "GET httpx://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a scheme without slashes", "GET http:example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a scheme with one slash", "GET http:/example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"no scheme", "GET ://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a URL without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a URL with a user", "GET http://u@example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a URL with a user and a word", "GET http://u:p@b/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a URL with a backslash in its host", "GET http://a\\@b/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a URL with a port too large", "GET http://a:65536/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a path to CONNECT to", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a CONNECT without a port", "CONNECT example.com HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
    {"a CONNECT to a URL", "CONNECT http://a:80 HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::BadTarget},
};

TEST(RequestRefusal, ForATargetThatServersReadDifferently) {
  for (const Hostile& each : kTargets) expect_refused(each);
}

// RFC 9112 section 5, RFC 9110 section 5.5.
constexpr Hostile kFieldLines[] = {
    {"white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", Refusal::ObsoleteFold},
    {"a line of white space first", "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", Refusal::ObsoleteFold},
    {"a folded value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", Refusal::ObsoleteFold},
    {"a value folded with a tab", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n", Refusal::ObsoleteFold},
    {"a folded Transfer-Encoding", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n , x\r\n\r\n",
     Refusal::ObsoleteFold},
    {"a Content-Length folded behind its name", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\n",
     Refusal::BadContentLength},
    {"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", Refusal::BadFieldName},
    {"a tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", Refusal::BadFieldName},
    {"Transfer-Encoding with a blank before the colon",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n", Refusal::BadFieldName},
    {"a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", Refusal::BadFieldName},
    {"an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", Refusal::BadFieldName},
    {"a blank in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", Refusal::BadFieldName},
    {"NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0Y: b\r\n\r\n"sv, Refusal::BadFieldName},
    {"a slash in a name", "GET / HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n\r\n", Refusal::BadFieldName},
    {"brackets in a name", "GET / HTTP/1.1\r\nHost: a\r\nX[0]: b\r\n\r\n", Refusal::BadFieldName},
    {"UTF-8 in a name",
     "GET / HTTP/1.1\r\nHost: a\r\nTransfer\xe2\x80\x90"
     "Encoding: b\r\n\r\n",
     Refusal::BadFieldName},
    {"a bare CR in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\rY: b\r\n\r\n", Refusal::BadFieldName},
    {"a bare LF in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\nY: b\r\n\r\n", Refusal::BareLineFeed},
    {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"sv, Refusal::BadFieldValue},
    {"DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n", Refusal::BadFieldValue},
    {"a backspace in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\b\r\n\r\n", Refusal::BadFieldValue},
    {"a form feed in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\f\r\n\r\n", Refusal::BadFieldValue},
    {"a bare LF in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", Refusal::BareLineFeed},
    {"a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", Refusal::BareLineFeed},
    {"CR CR LF behind a value", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", Refusal::BareLineFeed},
    {"a bare LF for the last line", "GET / HTTP/1.1\r\nHost: a\r\n\n", Refusal::BareLineFeed},
    {"a bare CR for the last line", "GET / HTTP/1.1\r\nHost: a\r\n\rX", Refusal::BareLineFeed},
    {"LF only throughout", "GET / HTTP/1.1\nHost: a\n\n", Refusal::BareLineFeed},
};

TEST(RequestRefusal, ForAMalformedFieldLine) {
  for (const Hostile& each : kFieldLines) expect_refused(each);
}

// RFC 9112 section 3.2, RFC 9110 section 7.2.
constexpr Hostile kHosts[] = {
    {"no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", Refusal::MissingHost},
    {"no field at all", "GET / HTTP/1.1\r\n\r\n", Refusal::MissingHost},
    {"no Host with an absolute-form", "GET http://a/ HTTP/1.1\r\n\r\n", Refusal::MissingHost},
    {"a Host with an underscore for its o", "GET / HTTP/1.1\r\nH_st: a\r\n\r\n", Refusal::MissingHost},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Refusal::BadHost},
    {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", Refusal::BadHost},
    {"an empty Host and another", "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", Refusal::BadHost},
    {"two Hosts with an absolute-form", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Refusal::BadHost},
    {"a user in Host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", Refusal::BadHost},
    {"a list in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Refusal::BadHost},
    {"a blank in Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", Refusal::BadHost},
    {"a tab in Host", "GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n", Refusal::BadHost},
    {"a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Refusal::BadHost},
    {"a URL in Host", "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n", Refusal::BadHost},
    {"a port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", Refusal::BadHost},
    {"UTF-8 in Host", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", Refusal::BadHost},
    {"a bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", Refusal::BadHost},
    {"a bad Host with an absolute-form", "GET http://a/ HTTP/1.1\r\nHost: a@b\r\n\r\n", Refusal::BadHost},
};

TEST(RequestRefusal, ForAHostThatIsMissingOrInDoubt) {
  for (const Hostile& each : kHosts) expect_refused(each);
}

TEST(RequestRefusal, ForAnExpectationOtherThan100Continue) {
  for (const char* value : {"200-ok", "", "100-continue, 100-continue", "100", "100-continue;a=b"}) {
    SCOPED_TRACE(value);
    const std::string sample = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: " + std::string(value) + "\r\n\r\n";
    EXPECT_EQ(request_outcome(sample), RequestFeeder::refused(Refusal::UnsupportedExpect));
  }
}

// Bytes of another protocol are known at once, not when a line ends that never does.
TEST(RequestRefusal, ComesWithTheFirstByteThatIsWrong) {
  const std::string_view others[] = {
      "\x16"sv,       // TLS ClientHello
      "\x80\x2e"sv,   // SSL 2
      "\0"sv,         // many binary ones
      "\xff\xfb"sv,   // telnet
      "{"sv,          // JSON
      "GET /\x16"sv,  //
      "GET / HTTP/1.1\r\nHost: a\r\nX: \x16"sv,
      "GET / HTTP/1.1\r\nHost: a\r\n\x16"sv,
  };
  for (const std::string_view bytes : others) {
    RequestParser parser;
    EXPECT_EQ(parser.parse(bytes), Progress::Refused) << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace stead::wire::http1::testing
