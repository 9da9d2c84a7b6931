// Which bytes may stand where in a head (RFC 9110 section 5.6, RFC 9112 section 3), as one table of bits, so that each
// question is one load and one test. No locale: <cctype> asks one, and answers for bytes above 127 as it likes.
//
// These are the rules for single bytes only; what they may add up to is said where each thing is parsed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace stead::wire::http1 {

using CharacterClass = std::uint8_t;
// tchar: what methods, field names and the options of lists are made of.
inline constexpr CharacterClass kToken = 1U << 0U;
// The part of kToken that nearly all field names are made of: letters, digits and '-'.
inline constexpr CharacterClass kPlainName = 1U << 1U;
// What a field value or a reason phrase may hold: HTAB, SP, VCHAR and obs-text, but no other control character.
inline constexpr CharacterClass kValue = 1U << 2U;
// VCHAR without '#': a fragment is the client's own business, and a server that gets one reads it in its own way.
inline constexpr CharacterClass kTarget = 1U << 3U;
// A registered name or IPv4 address as people write them, '_' included, which RFC 3986 allows and Docker uses. Neither
// sub-delims nor percent-encoding, which no host has and which servers decode differently.
inline constexpr CharacterClass kHostName = 1U << 4U;
inline constexpr CharacterClass kDigit = 1U << 5U;
inline constexpr CharacterClass kHexDigit = 1U << 6U;

namespace internal {

constexpr CharacterClass classes_of(unsigned byte) {
  const bool digit = byte >= '0' && byte <= '9';
  const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  const bool visible = byte > 0x20 && byte < 0x7f;
  unsigned classes = 0;
  const auto add = [&classes](bool member, CharacterClass name) { classes |= member ? name : 0U; };
  add(digit || letter || (visible && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(byte))), kToken);
  add(digit || letter || byte == '-', kPlainName);
  add(byte == '\t' || (byte >= 0x20 && byte != 0x7f), kValue);
  add(visible && byte != '#', kTarget);
  add(digit || letter || byte == '-' || byte == '.' || byte == '_' || byte == '~', kHostName);
  add(digit, kDigit);
  add(digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'), kHexDigit);
  return static_cast<CharacterClass>(classes);
}

inline constexpr std::array<CharacterClass, 256> kClasses = [] {
  std::array<CharacterClass, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) table[byte] = classes_of(byte);
  return table;
}();

}  // namespace internal

[[nodiscard]] constexpr bool is(char byte, CharacterClass wanted) {
  return (internal::kClasses[static_cast<unsigned char>(byte)] & wanted) != 0;
}

[[nodiscard]] constexpr bool are_all(std::string_view text, CharacterClass wanted) {
  for (const char byte : text) {
    if (!is(byte, wanted)) return false;
  }
  return true;
}

// SP or HTAB: the only white space within a line (OWS).
[[nodiscard]] constexpr bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

[[nodiscard]] constexpr char to_lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
}

// Ignores the case of ASCII letters only: a Kelvin sign is no K here. `lower` must already be in lower case.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

// Without the blanks at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next element off a comma-separated list (RFC 9110 section 5.6.1), trimmed; it may be empty. False at the
// end.
[[nodiscard]] constexpr bool next_element(std::string_view& list, std::string_view& element) {
  if (list.data() == nullptr) return false;
  const std::size_t comma = list.find(',');
  element = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return true;
}

}  // namespace stead::wire::http1
