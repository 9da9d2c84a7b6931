// The length sorts nearly all names out, and at most three are left to compare with. A hash of every name would cost
// more than this, and would have to be compared in the end all the same.
#include "wire/http1/field_name.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stead::wire::http1 {

namespace {

template <typename Word>
bool words_match(const char* name, const char* lower) {
  // 0x20 makes capitals small and leaves '-', digits and small letters as they are. Of the token characters only '^'
  // and
  // '_' become something else, '~' and DEL, and no known name has those.
  constexpr Word kLowerCase = static_cast<Word>(0x2020202020202020U);
  Word ours;
  Word theirs;
  std::memcpy(&ours, name, sizeof ours);
  std::memcpy(&theirs, lower, sizeof theirs);
  return (ours | kLowerCase) == theirs;
}

// Whether the name, of which the length is known to be right, is this one. Whole words, the last overlapping the one
// before it, rather than a loop over bytes.
template <std::size_t Size>
bool is_name(const char* name, const char (&lower)[Size]) {
  constexpr std::size_t kLength = Size - 1;
  if constexpr (kLength >= 8) {
    for (std::size_t i = 0; i + 8 <= kLength; i += 8) {
      if (!words_match<std::uint64_t>(name + i, lower + i)) return false;
    }
    return words_match<std::uint64_t>(name + kLength - 8, lower + kLength - 8);
  } else if constexpr (kLength >= 4) {
    return words_match<std::uint32_t>(name, lower) &&
           words_match<std::uint32_t>(name + kLength - 4, lower + kLength - 4);
  } else {
    return words_match<std::uint16_t>(name, lower) &&
           words_match<std::uint16_t>(name + kLength - 2, lower + kLength - 2);
  }
}

FieldId identify_short(std::string_view name) {
  const char* const text = name.data();
  switch (name.size()) {
    case 2:
      return is_name(text, "te") ? FieldId::Te : FieldId::Other;
    case 3:
      return is_name(text, "via") ? FieldId::Via : FieldId::Other;
    case 4:
      if (is_name(text, "host")) return FieldId::Host;
      return is_name(text, "date") ? FieldId::Date : FieldId::Other;
    case 6:
      if (is_name(text, "server")) return FieldId::Server;
      return is_name(text, "expect") ? FieldId::Expect : FieldId::Other;
    case 7:
      if (is_name(text, "upgrade")) return FieldId::Upgrade;
      return is_name(text, "trailer") ? FieldId::Trailer : FieldId::Other;
    case 9:
      if (is_name(text, "x-real-ip")) return FieldId::XRealIp;
      return is_name(text, "forwarded") ? FieldId::Forwarded : FieldId::Other;
    case 10:
      if (is_name(text, "connection")) return FieldId::Connection;
      return is_name(text, "keep-alive") ? FieldId::KeepAlive : FieldId::Other;
    default:
      return FieldId::Other;
  }
}

// Behind "x-forwarded-". Whatever comes is one of the family, known here or not: members believe in more of them than
// any list has (-By, -Ssl, -Scheme, …).
FieldId identify_forwarding(std::string_view name) {
  const char* const text = name.data();
  switch (name.size()) {
    case 15:
      if (is_name(text, "x-forwarded-for")) return FieldId::XForwardedFor;
      break;
    case 16:
      if (is_name(text, "x-forwarded-host")) return FieldId::XForwardedHost;
      break;
    case 17:
      if (is_name(text, "x-forwarded-proto")) return FieldId::XForwardedProto;
      break;
    default:
      break;
  }
  return FieldId::XForwardedPort;
}

FieldId identify_long(std::string_view name) {
  const char* const text = name.data();
  switch (name.size()) {
    case 12:
      return is_name(text, "x-request-id") ? FieldId::XRequestId : FieldId::Other;
    case 14:
      return is_name(text, "content-length") ? FieldId::ContentLength : FieldId::Other;
    case 16:
      return is_name(text, "proxy-connection") ? FieldId::ProxyConnection : FieldId::Other;
    case 17:
      return is_name(text, "transfer-encoding") ? FieldId::TransferEncoding : FieldId::Other;
    case 18:
      return is_name(text, "proxy-authenticate") ? FieldId::ProxyAuthenticate : FieldId::Other;
    case 19:
      return is_name(text, "proxy-authorization") ? FieldId::ProxyAuthorization : FieldId::Other;
    default:
      return FieldId::Other;
  }
}

}  // namespace

FieldId identify(std::string_view name) {
  if (name.size() <= 10) return identify_short(name);
  if (name.size() > 12 && is_name(name.data(), "x-forwarded-")) return identify_forwarding(name);
  return identify_long(name);
}

}  // namespace stead::wire::http1
