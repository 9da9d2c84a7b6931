// Reads a configuration file: text in, typed values and diagnostics out. Pure: it opens no file, asks no resolver and
// does not care on which machine it runs. All mistakes are found in one run.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/model.h"

namespace stead::config {

struct ReadResult {
  std::optional<Config> config;  // nothing if there is an error; warnings do not prevent it
  std::vector<Diagnostic> diagnostics;
};

// `file_name` is only repeated in diagnostics. Members that are written as host names have no address yet:
// config/resolve.h gives them one.
[[nodiscard]] ReadResult read(std::string_view text, std::string_view file_name);

}  // namespace stead::config
