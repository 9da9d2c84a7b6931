// `stead schema`: a JSON Schema of the file, for editors.
#include "config/schema.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "cli/command.h"

namespace stead::cli {

void add_schema_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("schema", "Print a JSON Schema of the file, for editors");
  command->callback([&exit_code] {
    const std::string text = config::json_schema();
    exit_code.value = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  });
}

}  // namespace stead::cli
