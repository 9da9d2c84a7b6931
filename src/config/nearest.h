// Finds what someone probably meant to write.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stead::config {

// How many single mistakes (a character too many, missing, wrong, or two swapped) turn one text into the other. Case
// and the difference between '_' and '-' count nothing.
[[nodiscard]] std::size_t edit_distance(std::string_view one, std::string_view other);

// The nearest candidate, if it is near enough that a person would recognise the slip; else empty.
[[nodiscard]] std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates);

// The candidate that begins as the text does, for at least four letters: "leastconn" and "least-request".
[[nodiscard]] std::string_view same_beginning(std::string_view written, std::span<const std::string_view> candidates);

// "`a`, `b` and `c`", for messages that list what there is; at most `limit` of them.
[[nodiscard]] std::string list_words(std::span<const std::string_view> words, std::string_view conjunction = "and",
                                     std::size_t limit = 24);

}  // namespace stead::config
