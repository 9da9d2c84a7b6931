// What the commands that talk to a running Stead have in common: where it is, and how its answers are told.
#pragma once

#include <string>
#include <string_view>

#include "admin/client.h"

namespace CLI {
class App;
}

namespace stead::cli {

// Adds --run-dir, which is left in `run_dir`.
void add_run_dir_option(CLI::App& command, std::string& run_dir);

// A client for the Stead of that run dir; empty: of the default one.
[[nodiscard]] admin::Client admin_client(const std::string& run_dir);

// Sends a command for a member, says what came of it, and returns the exit code. `done`: "drained", for "api/app-1:8000
// is drained".
[[nodiscard]] int post_member_command(const std::string& run_dir, std::string_view target, std::string_view body,
                                      std::string_view done);

}  // namespace stead::cli
