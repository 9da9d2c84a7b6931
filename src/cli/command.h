// One subcommand of `stead` is one add_*_command function in a file of its own: it declares its options on the parser
// and leaves a callback that does the work and says how it went. main.cc calls them all.
#pragma once

#include <string_view>

namespace CLI {
class App;
}

namespace stead::cli {

inline constexpr const char* kVersion = STEAD_VERSION;  // from the build

// What the process will exit with. 0: done; 1: it failed, or the file has errors; 2: the command line is wrong.
struct ExitCode {
  int value = 0;
};

void add_run_command(CLI::App& app, ExitCode& exit_code);
void add_check_command(CLI::App& app, ExitCode& exit_code);
void add_reload_command(CLI::App& app, ExitCode& exit_code);
void add_upgrade_command(CLI::App& app, ExitCode& exit_code);
void add_stop_command(CLI::App& app, ExitCode& exit_code);
void add_status_command(CLI::App& app, ExitCode& exit_code);
void add_drain_command(CLI::App& app, ExitCode& exit_code);
void add_ready_command(CLI::App& app, ExitCode& exit_code);
void add_weight_command(CLI::App& app, ExitCode& exit_code);
void add_vip_command(CLI::App& app, ExitCode& exit_code);
void add_handover_command(CLI::App& app, ExitCode& exit_code);
void add_takeback_command(CLI::App& app, ExitCode& exit_code);
void add_reference_command(CLI::App& app, ExitCode& exit_code);
void add_schema_command(CLI::App& app, ExitCode& exit_code);

// Hidden: Stead starts these itself.
void add_worker_command(CLI::App& app, ExitCode& exit_code);
void add_takeover_check_command(CLI::App& app, ExitCode& exit_code);

// To standard error: "stead: …", or as it is where it is rendered already (it ends with a newline then). Returns 1.
int report_failure(std::string_view message);

}  // namespace stead::cli
