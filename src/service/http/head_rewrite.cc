#include "service/http/head_rewrite.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace stead::service::http {

using wire::http1::Field;
using wire::http1::FieldId;
using wire::http1::Framing;
using wire::http1::HeadWriter;

namespace {

// Fields that we set ourselves. What a client says in them is an invention (of the client or of an attacker), since
// nobody stands before us in this file.
bool replaced_in_request(const Field& field) {
  switch (field.id) {
    case FieldId::Host:
    case FieldId::Expect:
    case FieldId::Forwarded:
    case FieldId::XForwardedFor:
    case FieldId::XForwardedHost:
    case FieldId::XForwardedProto:
    case FieldId::XForwardedPort:
    case FieldId::XRealIp:
    case FieldId::XRequestId:
      return true;
    default:
      return field.drop;
  }
}

// Copies the lines that pass, neighbours together: a line ends where the next begins, and the last one at the blank
// line.
template <typename Head, typename Skip>
void copy_fields(HeadWriter& writer, const Head& head, std::string_view bytes, Skip&& skip) {
  const std::uint32_t end = head.size - 2;
  std::uint32_t run = head.fields_begin;
  for (std::uint32_t i = 0; i < head.field_count; ++i) {
    const Field& field = head.field[i];
    if (!skip(field)) continue;
    writer.raw(bytes.substr(run, field.name - run));
    run = i + 1 < head.field_count ? head.field[i + 1].name : end;
  }
  writer.raw(bytes.substr(run, end - run));
}

void write_connection(HeadWriter& writer, const AnswerStyle& style) {
  if (!style.keep_alive) {
    writer.raw("Connection: close\r\n");
  } else if (style.http10) {
    writer.raw("Connection: keep-alive\r\n");
  }
}

// By hand: inet_ntop() prints through vfprintf, which was a hundredth of what a small request costs.
std::size_t write_ipv4(const std::uint8_t* bytes, char* out) {
  char* at = out;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *at++ = '.';
    at = std::to_chars(at, at + 3, bytes[i]).ptr;
  }
  return static_cast<std::size_t>(at - out);
}

}  // namespace

std::size_t write_address(const PeerAddress& peer, char* out) {
  static constexpr std::uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (peer.length == 4) return write_ipv4(peer.bytes, out);
  if (peer.length == 16 && std::memcmp(peer.bytes, kMappedPrefix, sizeof kMappedPrefix) == 0) {
    return write_ipv4(peer.bytes + sizeof kMappedPrefix, out);
  }
  char text[INET6_ADDRSTRLEN] = "unknown";
  if (peer.length == 16) inet_ntop(AF_INET6, peer.bytes, text, sizeof text);
  const std::size_t length = std::strlen(text);
  std::memcpy(out, text, length);
  return length;
}

void write_request_id(std::uint64_t id, char* out) {
  for (int i = 15; i >= 0; --i) {
    out[i] = "0123456789abcdef"[id & 15U];
    id >>= 4U;
  }
}

void write_request_head(HeadWriter& writer, const wire::http1::RequestHead& head, std::string_view bytes,
                        const PeerAddress& peer, std::uint64_t request_id) {
  const std::string_view authority = head.authority.in(bytes);
  char address[kAddressText];
  char id[kRequestIdText];
  const std::size_t address_length = write_address(peer, address);
  write_request_id(request_id, id);

  writer.raw(head.method_token.in(bytes));
  writer.raw(" ");
  // Origin-form, also where the client sent absolute-form (RFC 9112 section 3.2.1).
  writer.raw(head.path.in(bytes));
  writer.raw(head.query.in(bytes));
  writer.raw(" HTTP/1.1\r\nHost: ");
  writer.raw(authority);
  writer.raw("\r\n");
  copy_fields(writer, head, bytes, replaced_in_request);
  writer.raw("X-Forwarded-For: ");
  writer.raw({address, address_length});
  writer.raw("\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ");
  writer.raw(authority);
  writer.raw("\r\nX-Request-Id: ");
  writer.raw({id, sizeof id});
  if (head.framing == Framing::Length) {
    writer.raw("\r\nContent-Length: ");
    writer.number(head.content_length);
  } else if (head.framing == Framing::Chunked) {
    writer.raw("\r\nTransfer-Encoding: chunked");
  }
  writer.raw("\r\n\r\n");
}

void write_answer_head(HeadWriter& writer, const wire::http1::ResponseHead& head, std::string_view bytes,
                       const AnswerStyle& style) {
  writer.raw("HTTP/1.1 ");
  writer.number(head.status);
  writer.raw(" ");
  writer.raw(head.reason.in(bytes));
  writer.raw("\r\n");
  bool dated = false;
  copy_fields(writer, head, bytes, [&dated](const Field& field) {
    dated = dated || field.id == FieldId::Date;
    return field.drop;
  });
  if (!dated && head.status >= 200) {
    // RFC 9110 section 6.6.1: a recipient adds the time of receipt.
    writer.raw("Date: ");
    writer.raw(style.date);
    writer.raw("\r\n");
  }
  switch (style.framing) {
    case AnswerFraming::Length:
      writer.raw("Content-Length: ");
      writer.number(head.content_length);
      writer.raw("\r\n");
      break;
    case AnswerFraming::Chunked:
      writer.raw("Transfer-Encoding: chunked\r\n");
      break;
    case AnswerFraming::None:
      // RFC 9110 section 8.6: never in 1xx and 204.
      if (head.announced_length && head.status >= 200 && head.status != 204) {
        writer.raw("Content-Length: ");
        writer.number(head.content_length);
        writer.raw("\r\n");
      }
      break;
    case AnswerFraming::Close:
      break;
  }
  if (head.status >= 200) write_connection(writer, style);
  writer.raw("\r\n");
}

void write_own_answer(HeadWriter& writer, const OwnAnswer& answer, const AnswerStyle& style, bool head_only) {
  writer.raw("HTTP/1.1 ");
  writer.number(answer.status);
  writer.raw(" ");
  writer.raw(reason_phrase(answer.status));
  writer.raw("\r\nDate: ");
  writer.raw(style.date);
  writer.raw("\r\n");
  const bool may_have_body = answer.status != 204 && answer.status != 304;
  if (may_have_body) {
    writer.field("Content-Type", answer.content_type);
    writer.raw("Content-Length: ");
    writer.number(answer.body.size());
    writer.raw("\r\n");
  }
  if (!answer.location.empty()) writer.field("Location", answer.location);
  if (!answer.allow.empty()) writer.field("Allow", answer.allow);
  if (answer.retry_after_s > 0) {
    writer.raw("Retry-After: ");
    writer.number(answer.retry_after_s);
    writer.raw("\r\n");
  }
  if (answer.request_id != 0) {
    char id[kRequestIdText];
    write_request_id(answer.request_id, id);
    writer.field("X-Request-Id", {id, sizeof id});
  }
  write_connection(writer, style);
  writer.raw("\r\n");
  if (may_have_body && !head_only) writer.raw(answer.body);
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a teapot";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace stead::service::http
