// The words that requests and responses of HTTP/1.1 (RFC 9110, RFC 9112) share: methods, fields, framing, refusals.
//
// Nothing here owns bytes. A head is described by offsets from its first byte, not by pointers, so that the bytes may
// move (from a loop's scratch buffer to a connection's own, or to another process) and the description stays true.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stead::wire::http1 {

// A piece of a head, by offset.
struct Piece {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  [[nodiscard]] std::string_view in(std::string_view head) const { return head.substr(offset, length); }
};

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch, Other };

// RFC 9110 section 9.2.1: GET, HEAD, OPTIONS, TRACE.
[[nodiscard]] constexpr bool is_safe(Method method) {
  return method == Method::Get || method == Method::Head || method == Method::Options || method == Method::Trace;
}
// RFC 9110 section 9.2.2: the safe ones, PUT and DELETE.
[[nodiscard]] constexpr bool is_idempotent(Method method) {
  return is_safe(method) || method == Method::Put || method == Method::Delete;
}

// Fields that a proxy treats in some way of their own. Other: passed on as it is.
enum class FieldId : std::uint8_t {
  Other,
  Connection,
  ContentLength,
  TransferEncoding,
  Host,
  Expect,
  KeepAlive,
  ProxyConnection,
  ProxyAuthenticate,
  ProxyAuthorization,
  Te,
  Trailer,
  Upgrade,
  Date,
  Server,
  Via,
  Forwarded,
  XForwardedFor,
  XForwardedHost,
  XForwardedProto,
  XForwardedPort,  // and all other X-Forwarded-*: dropped alike when they come from outside
  XRealIp,
  XRequestId,
};

// One field line. Offsets count from the head's first byte; the line ends with CRLF where the next one begins.
struct Field {
  std::uint32_t name = 0;   // offset of the name, which is where the line begins
  std::uint32_t value = 0;  // offset of the value, without the white space around it
  std::uint32_t value_length = 0;
  std::uint16_t name_length = 0;
  FieldId id = FieldId::Other;
  // Must not be passed on: hop-by-hop by RFC 9110 section 7.6.1, or named by the Connection field, or framing
  // (Content-Length, Transfer-Encoding), or a name with '_' in a request, which gateways confuse with '-'.
  bool drop = false;
};

enum class Framing : std::uint8_t {
  None,        // no body
  Length,      // content_length bytes, which may be 0: said, and so to be said again
  Chunked,     // RFC 9112 section 7.1
  UntilClose,  // responses only
};

// Why a head or body was refused. Each is an answer of its own, or a closed connection.
enum class Refusal : std::uint8_t {
  None,
  BadRequestLine,
  BadMethod,
  BadTarget,
  TargetTooLong,       // 414
  BadVersion,          // not HTTP/1.x at all
  UnsupportedVersion,  // 505
  BadFieldName,
  BadFieldValue,
  BareLineFeed,   // LF without CR, or CR without LF
  ObsoleteFold,   // RFC 9112 section 5.2
  TooManyFields,  // 431
  HeadTooLarge,   // 431
  MissingHost,
  BadHost,                      // more than one, or not a host
  BadContentLength,             // not a number, several that differ, or too large
  LengthAndChunked,             // both framings: RFC 9112 section 6.1, request smuggling
  BadTransferEncoding,          // the body's end is in doubt
  UnsupportedTransferEncoding,  // 501: other codings before a final chunked
  BadStatusLine,
  BadChunk,
  TrailersTooLarge,
  UnsupportedExpect,  // 417
};

// "Content-Length and Transfer-Encoding together": for logs and the answer's body.
[[nodiscard]] std::string_view describe(Refusal refusal);
// The status with which a request refused so is answered: 400, 414, 417, 431, 501 or 505.
[[nodiscard]] std::uint16_t status_for(Refusal refusal);

struct Limits {
  std::uint32_t head_bytes = 16 * 1024;  // the whole head, its blank line included; at most kMaxHeadBytes
  std::uint32_t target_bytes = 8 * 1024;
};
inline constexpr std::uint32_t kMaxHeadBytes = 16 * 1024;
inline constexpr std::size_t kMaxFields = 100;

enum class Progress : std::uint8_t {
  Incomplete,  // needs more bytes
  Complete,
  Refused,
};

}  // namespace stead::wire::http1
