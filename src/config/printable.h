// Text from a file or a peer, made harmless: what goes to a terminal must not move its cursor, and what goes into JSON
// must be UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace stead::config {

// One column per code point: a tab becomes one blank, so that an underline needs no arithmetic of its own; control
// characters and bytes that are not UTF-8 become '?'. Cut, with "…", after `columns`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t columns = std::string::npos);

}  // namespace stead::config
