// What to do about text that is not TOML: say it in our words, and leave it out so that the rest of the file can still
// be checked in the same run.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace stead::config {

struct SyntaxError {
  std::string description;  // in the parser's words
  Position where;
};

[[nodiscard]] Diagnostic explain_syntax_error(const SyntaxError& error, std::string_view text);

// Blanks the line in question, keeping all positions. Only a line that is wrong by itself may go: leaving out a line in
// the middle of a list, or a header (whose keys would fall to the section before it), would cause errors that the
// file does not have. False: nothing was changed, and the rest of the file cannot be read.
[[nodiscard]] bool leave_out(std::string& text, const SyntaxError& error,
                             const std::function<bool(std::string_view)>& parses);

}  // namespace stead::config
