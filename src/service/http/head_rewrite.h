// The heads that a proxy writes: the request as a member gets it, and the answer as the client gets it. End-to-end
// fields pass as they came; framing, Connection and forwarding fields are written anew, never copied (RFC 9110
// section 7.6, RFC 9112 section 6). No I/O.
#pragma once

#include <cstdint>
#include <string_view>

#include "service/http/ledger.h"
#include "wire/http1/head_writer.h"
#include "wire/http1/request_parser.h"
#include "wire/http1/response_parser.h"

namespace stead::service::http {

// The longest text of an IPv6 address, without terminator.
inline constexpr std::size_t kAddressText = 45;
inline constexpr std::size_t kRequestIdText = 16;

// Writes the address's text to `out` (room for kAddressText bytes); returns its length. An IPv4-mapped IPv6 address is
// written as IPv4.
std::size_t write_address(const PeerAddress& peer, char* out);
// 16 hex digits.
void write_request_id(std::uint64_t id, char* out);

// `bytes` begin with the head. Framing is the request's own: its Content-Length, chunked, or none.
void write_request_head(wire::http1::HeadWriter& writer, const wire::http1::RequestHead& head, std::string_view bytes,
                        const PeerAddress& peer, std::uint64_t request_id);

// How the end of an answer's body is told to the client.
enum class AnswerFraming : std::uint8_t {
  None,    // no body follows; a Content-Length that the member announced is passed on (HEAD, 304)
  Length,  // Content-Length: head.content_length
  Chunked,
  Close,  // by closing the connection (HTTP/1.0 clients)
};

struct AnswerStyle {
  AnswerFraming framing = AnswerFraming::Length;
  bool keep_alive = true;
  bool http10 = false;         // the client's version: 1.0 needs to be told of keep-alive
  std::string_view date = {};  // written where the member gave none
};

void write_answer_head(wire::http1::HeadWriter& writer, const wire::http1::ResponseHead& head, std::string_view bytes,
                       const AnswerStyle& style);

// A whole answer of our own; without a body for HEAD, but with its length.
struct OwnAnswer {
  std::uint16_t status = 0;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view body = {};
  std::string_view location = {};   // Location field; empty: none
  std::string_view allow = {};      // Allow field; empty: none
  std::uint32_t retry_after_s = 0;  // 0: no Retry-After
  std::uint64_t request_id = 0;     // 0: none yet
};
void write_own_answer(wire::http1::HeadWriter& writer, const OwnAnswer& answer, const AnswerStyle& style,
                      bool head_only);

// "Service Unavailable"; "Status" for one that we don't know.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

}  // namespace stead::service::http
