// The table of keys and the list of diagnostics as Markdown: docs/reference.md, which a test keeps equal to this.
#pragma once

#include <string>

namespace stead::config {

[[nodiscard]] std::string markdown_reference();

}  // namespace stead::config
