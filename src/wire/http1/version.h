// The version of HTTP that begins a status line and ends a request line (RFC 9112 section 2.3): "HTTP/" DIGIT "."
// DIGIT, in capitals. We speak 1.0 and 1.1; a message of another version is refused rather than guessed at.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/http1/characters.h"
#include "wire/http1/message.h"

namespace stead::wire::http1 {

inline constexpr std::size_t kVersionSize = 8;

struct Version {
  Progress progress = Progress::Incomplete;
  Refusal refusal = Refusal::None;
  std::uint8_t minor = 0;
};

// Reads the version at the front of `text`. Refuses at the first byte that is wrong, however many there are.
[[nodiscard]] inline Version read_version(std::string_view text) {
  constexpr std::string_view kPattern = "HTTP/#.#";
  if (text.starts_with("HTTP/1.1")) return {Progress::Complete, Refusal::None, 1};
  const std::string_view seen = text.substr(0, kVersionSize);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool right = kPattern[i] == '#' ? is(seen[i], kDigit) : seen[i] == kPattern[i];
    if (!right) return {Progress::Refused, seen[i] == '\n' ? Refusal::BareLineFeed : Refusal::BadVersion, 0};
  }
  if (seen.size() < kVersionSize) return {};
  if (seen != "HTTP/1.0") return {Progress::Refused, Refusal::UnsupportedVersion, 0};
  return {Progress::Complete, Refusal::None, 0};
}

}  // namespace stead::wire::http1
