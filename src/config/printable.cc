#include "config/printable.h"

#include <algorithm>

namespace stead::config {
namespace {

constexpr std::string_view kHarmless = "?";

// How many bytes the code point at the front takes; 0 where it is not UTF-8 or not fit to print.
std::size_t printable_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first > 0xf4 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond Unicode are no UTF-8 (RFC 3629 section 3); the rest of the first
  // case are the C1 control characters.
  const auto second = static_cast<unsigned char>(text[1]);
  const bool refused = (first == 0xc2 && second < 0xa0) || (first == 0xe0 && second < 0xa0) ||
                       (first == 0xed && second >= 0xa0) || (first == 0xf0 && second < 0x90) ||
                       (first == 0xf4 && second >= 0x90);
  return refused ? 0 : length;
}

}  // namespace

std::string printable(std::string_view text, std::size_t columns) {
  std::string out;
  for (; !text.empty() && columns > 0; --columns) {
    const std::size_t length = printable_length(text);
    if (length > 0) {
      out += text.substr(0, length);
    } else {
      out += text[0] == '\t' ? " " : kHarmless;
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (!text.empty()) out += "…";
  return out;
}

}  // namespace stead::config
