// The one binary: `stead COMMAND`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/help.h"
#include "config/nearest.h"

namespace stead::cli {
namespace {

constexpr const char* kDescription =
    "Stead keeps a web application available: when a server dies, another serves in its stead";
constexpr const char* kFooter =
    "Begin with `stead check FILE`, then `stead run FILE`. `stead COMMAND --help` tells more about each.";

constexpr int kWrongUsage = 2;

void add_commands(CLI::App& app, ExitCode& exit_code) {
  add_run_command(app, exit_code);
  add_check_command(app, exit_code);
  add_status_command(app, exit_code);
  add_reload_command(app, exit_code);
  add_upgrade_command(app, exit_code);
  add_stop_command(app, exit_code);
  add_drain_command(app, exit_code);
  add_ready_command(app, exit_code);
  add_weight_command(app, exit_code);
  add_vip_command(app, exit_code);
  add_handover_command(app, exit_code);
  add_takeback_command(app, exit_code);
  add_reference_command(app, exit_code);
  add_schema_command(app, exit_code);
  add_worker_command(app, exit_code);
  add_takeover_check_command(app, exit_code);
}

// CLI11 would only say that a command is missing.
int explain_unknown(const CLI::App& app, const std::string& word) {
  std::vector<std::string_view> names;
  const auto commands = app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  const std::string_view meant = config::nearest(word, names);
  const std::string hint = meant.empty() ? "`stead --help` lists them" : "did you mean `" + std::string(meant) + "`?";
  report_failure("there is no command `" + word + "`; " + hint);
  return kWrongUsage;
}

std::string explain_misuse(const CLI::App* app, const CLI::Error& error) {
  const CLI::App* command = app->get_subcommands().empty() ? app : app->get_subcommands().front();
  const std::string name = command == app ? "stead" : "stead " + command->get_name();
  return "stead: " + std::string(error.what()) + "; see `" + name + " --help`\n";
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "stead");
  app.set_version_flag("--version", std::string("stead ") + kVersion, "Print the version");
  app.set_help_flag("-h,--help", "Print this");
  app.footer(kFooter);
  app.failure_message(explain_misuse);
  app.require_subcommand(1);
  ExitCode exit_code;
  app.formatter(help_formatter());  // before the commands, which inherit it
  add_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::string word = argc > 1 ? argv[1] : "--help";
    if (!word.starts_with('-') && app.get_subcommands().empty()) return explain_unknown(app, word);
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  return exit_code.value;
}

}  // namespace

int report_failure(std::string_view message) {
  const bool rendered = message.ends_with('\n');
  std::fprintf(stderr, "%s%.*s%s", rendered ? "" : "stead: ", static_cast<int>(message.size()), message.data(),
               rendered ? "" : "\n");
  return 1;
}

}  // namespace stead::cli

int main(int argc, char** argv) { return stead::cli::run(argc, argv); }
