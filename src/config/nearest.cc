#include "config/nearest.h"

#include <algorithm>
#include <vector>

namespace stead::config {
namespace {

// Keys are short; what is longer is no slip of the fingers, and comparing it would cost more than it tells.
constexpr std::size_t kMaxLength = 64;

char fold(char c) {
  if (c == '_') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view one, std::string_view other) {
  if (one.size() > kMaxLength || other.size() > kMaxLength) return std::max(one.size(), other.size());
  // Rows of the usual table: two before, one before, this one; the swap looks back two.
  std::vector<std::size_t> before(other.size() + 1);
  std::vector<std::size_t> last(other.size() + 1);
  std::vector<std::size_t> current(other.size() + 1);
  for (std::size_t j = 0; j <= other.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const bool same = fold(one[i - 1]) == fold(other[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && fold(one[i - 1]) == fold(other[j - 2]) && fold(one[i - 2]) == fold(other[j - 1]);
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, current);
  }
  return last[other.size()];
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates) {
  std::string_view best;
  // A third of the letters may be wrong, but at least one.
  std::size_t limit = std::max<std::size_t>(written.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(written, candidate);
    if (distance < limit && distance < std::max(written.size(), candidate.size())) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

std::string_view same_beginning(std::string_view written, std::span<const std::string_view> candidates) {
  constexpr std::size_t kEnough = 4;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() < kEnough || written.size() < kEnough) continue;
    if (edit_distance(written.substr(0, kEnough), candidate.substr(0, kEnough)) == 0) return candidate;
  }
  return {};
}

std::string list_words(std::span<const std::string_view> words, std::string_view conjunction, std::size_t limit) {
  std::string text;
  const std::size_t shown = std::min(words.size(), limit);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(conjunction) + " " : ", ";
    text += "`" + std::string(words[i]) + "`";
  }
  if (shown < words.size()) text += ", …";
  return text;
}

}  // namespace stead::config
