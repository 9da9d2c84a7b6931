// Breaks sentences into lines for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace stead::config {

// Breaks at blanks so that no line passes column 100, if its words allow. The first line begins at column `first`, all
// others are indented by `indent`. Ends with a line break, without blanks before any.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t first, std::size_t indent);

}  // namespace stead::config
