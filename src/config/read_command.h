// Programs that the file names: with their full path, and their arguments as texts of their own, since no shell takes
// them apart. Says what is wrong with those that are not so; whether there is such a program is not looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/codes.h"
#include "config/document.h"
#include "config/keys.h"

namespace stead::config {

// The program and its arguments; empty, and a report with `code`, where they cannot be read.
[[nodiscard]] std::vector<std::string> read_command(const Key& key, const Value& value, Code code, Report& report);

// Reports a text that is not a path from the root on. `what` it is of: "program".
void check_full_path(const Value& value, std::string_view what, Code code, Report& report);

}  // namespace stead::config
