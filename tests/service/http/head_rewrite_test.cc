// The heads that a member and a client get: what passes, what is written anew, and what never crosses.
#include "service/http/head_rewrite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/http1/head_writer.h"
#include "wire/http1/request_parser.h"
#include "wire/http1/response_parser.h"

namespace stead::service::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using wire::http1::HeadWriter;
using wire::http1::Method;
using wire::http1::Progress;

PeerAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  PeerAddress peer;
  peer.bytes[0] = a;
  peer.bytes[1] = b;
  peer.bytes[2] = c;
  peer.bytes[3] = d;
  peer.length = 4;
  return peer;
}

std::string request(std::string_view bytes, const PeerAddress& peer = ipv4(192, 0, 2, 7)) {
  wire::http1::RequestParser parser;
  EXPECT_EQ(parser.parse(bytes), Progress::Complete);
  std::vector<char> room(4096);
  HeadWriter writer(room);
  write_request_head(writer, parser.head(), bytes, peer, 0x1234);
  EXPECT_FALSE(writer.overflowed());
  return std::string(writer.written());
}

std::string answer(std::string_view bytes, AnswerStyle style, Method method = Method::Get) {
  style.date = "Sat, 21 Nov 2026 00:00:00 GMT";
  wire::http1::ResponseParser parser;
  EXPECT_EQ(parser.parse(bytes, method), Progress::Complete);
  std::vector<char> room(4096);
  HeadWriter writer(room);
  write_answer_head(writer, parser.head(), bytes, style);
  return std::string(writer.written());
}

std::string own(const OwnAnswer& given, AnswerStyle style = {}, bool head_only = false) {
  style.date = "Sat, 21 Nov 2026 00:00:00 GMT";
  std::vector<char> room(4096);
  HeadWriter writer(room);
  write_own_answer(writer, given, style, head_only);
  return std::string(writer.written());
}

TEST(RequestHead, IsWrittenWholeAndInOrder) {
  EXPECT_EQ(
      request("GET /a?b=c HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n"),
      "GET /a?b=c HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"
      "X-Forwarded-Host: shop\r\nX-Request-Id: 0000000000001234\r\n\r\n");
}

TEST(RequestHead, FieldsOfThisHopStayHere) {
  const std::string head = request(
      "GET / HTTP/1.1\r\nHost: shop\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
      "Upgrade: h2c\r\nProxy-Connection: close\r\nProxy-Authorization: secret\r\nX-End: 2\r\n\r\n");
  for (const char* gone : {"Connection", "X-Hop", "Keep-Alive", "TE:", "Upgrade", "Proxy-"}) {
    EXPECT_THAT(head, Not(HasSubstr(gone)));
  }
  EXPECT_THAT(head, HasSubstr("\r\nX-End: 2\r\n"));
}

TEST(RequestHead, WhatAClientSaysOfItselfIsReplaced) {
  const std::string head = request(
      "GET / HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 6.6.6.6\r\nx-forwarded-proto: https\r\nForwarded: "
      "for=6.6.6.6\r\n"
      "X-Real-IP: 6.6.6.6\r\nX-Forwarded-Port: 666\r\nX-Request-Id: mine\r\n\r\n");
  EXPECT_THAT(head, Not(HasSubstr("6.6.6.6")));
  EXPECT_THAT(head, Not(HasSubstr("https")));
  EXPECT_THAT(head, Not(HasSubstr("666")));
  EXPECT_THAT(head, Not(HasSubstr("mine")));
}

TEST(RequestHead, FramingIsOurs) {
  EXPECT_THAT(request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n"),
              HasSubstr("\r\nContent-Length: 7\r\n"));
  const std::string chunked = request("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:  Chunked \r\n\r\n");
  EXPECT_THAT(chunked, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(chunked, Not(HasSubstr("Content-Length")));
}

TEST(RequestHead, AddressesAreWrittenAsPeopleWriteThem) {
  PeerAddress mapped;
  mapped.length = 16;
  mapped.bytes[10] = mapped.bytes[11] = 0xff;
  mapped.bytes[12] = 192;
  mapped.bytes[14] = 2;
  mapped.bytes[15] = 9;
  EXPECT_THAT(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", mapped), HasSubstr("X-Forwarded-For: 192.0.2.9\r\n"));
  PeerAddress v6;
  v6.length = 16;
  v6.bytes[0] = 0x20;
  v6.bytes[1] = 0x01;
  v6.bytes[2] = 0x0d;
  v6.bytes[3] = 0xb8;
  v6.bytes[15] = 1;
  EXPECT_THAT(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", v6), HasSubstr("X-Forwarded-For: 2001:db8::1\r\n"));
}

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 Fine\r\nServer: app\r\nContent-Length: 12\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-End: "
    "2\r\n\r\n";

TEST(AnswerHead, IsFramedAsTheClientIsToBeTold) {
  EXPECT_EQ(answer(kAnswer, {.framing = AnswerFraming::Length}),
            "HTTP/1.1 200 Fine\r\nServer: app\r\nX-End: 2\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Length: "
            "12\r\n\r\n");
  EXPECT_THAT(answer(kAnswer, {.framing = AnswerFraming::Chunked}), HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  const std::string until_close = answer(kAnswer, {.framing = AnswerFraming::Close, .keep_alive = false});
  EXPECT_THAT(until_close, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(until_close, HasSubstr("\r\nConnection: close\r\n"));
}

TEST(AnswerHead, AClientOfHttp10IsToldThatItsConnectionIsKept) {
  EXPECT_THAT(answer(kAnswer, {.http10 = true}), HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_THAT(answer(kAnswer, {}), Not(HasSubstr("Connection")));
}

TEST(AnswerHead, HasOneDate) {
  const std::string dated =
      answer("HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n", {});
  EXPECT_THAT(dated, HasSubstr("Fri, 20 Nov"));
  EXPECT_THAT(dated, Not(HasSubstr("Sat, 21 Nov")));
}

TEST(AnswerHead, KeepsALengthWithoutABodyWhereThatMeansSomething) {
  const AnswerStyle none{.framing = AnswerFraming::None};
  EXPECT_THAT(answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", none, Method::Head),
              HasSubstr("Content-Length: 99"));
  EXPECT_THAT(answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", none), HasSubstr("Content-Length: 99"));
  EXPECT_THAT(answer("HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n", none), Not(HasSubstr("Content-Length")));
}

TEST(OwnAnswers, SayWhatTheyMust) {
  const std::string text = own({.status = 503, .body = "later\n", .retry_after_s = 1, .request_id = 7});
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503 Service Unavailable\r\nDate: "));
  EXPECT_THAT(text, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nX-Request-Id: 0000000000000007\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: 6\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\nlater\n"));
  EXPECT_THAT(own({.status = 405, .allow = "GET, POST"}), HasSubstr("\r\nAllow: GET, POST\r\n"));
  EXPECT_THAT(own({.status = 308, .location = "/new"}), HasSubstr("\r\nLocation: /new\r\n"));
}

TEST(OwnAnswers, HaveABodyOnlyWhereOneMayBe) {
  const std::string head = own({.status = 404, .body = "none\n"}, {}, true);
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  const std::string empty = own({.status = 204, .body = "no\n"});
  EXPECT_THAT(empty, Not(HasSubstr("Content-")));
  EXPECT_TRUE(empty.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace stead::service::http
