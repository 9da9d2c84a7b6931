// Finds a line of a file by its number, for those who show it to a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stead::config {

// Without its end of line; empty past the end of the text. Lines count from 1.
[[nodiscard]] constexpr std::string_view source_line(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view found = text.substr(0, text.find('\n'));
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

// Columns count code points, so bytes after the first of each do not count.
[[nodiscard]] constexpr std::uint32_t code_points(std::string_view text) {
  std::uint32_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xc0U) != 0x80 ? 1 : 0;
  return count;
}

// The inverse: where in the line the code point of this column, from 1, begins; its size past the end.
[[nodiscard]] constexpr std::size_t byte_offset(std::string_view line, std::uint32_t column) {
  std::size_t offset = 0;
  for (std::uint32_t seen = 0; offset < line.size(); ++offset) {
    if ((static_cast<unsigned char>(line[offset]) & 0xc0U) != 0x80 && ++seen == column) break;
  }
  return offset;
}

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace stead::config
