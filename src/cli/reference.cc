// `stead reference`: every key of the file, as Markdown.
#include "config/reference.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "cli/command.h"

namespace stead::cli {

void add_reference_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("reference", "Print the reference of the file, as Markdown");
  command->callback([&exit_code] {
    const std::string text = config::markdown_reference();
    exit_code.value = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  });
}

}  // namespace stead::cli
