// How `--help` looks: what it does, how to call it, one line for each argument.
#pragma once

#include <memory>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace stead::cli {

[[nodiscard]] std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace stead::cli
