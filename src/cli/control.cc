// `stead reload`, `stead upgrade`, `stead stop`: orders to a running keeper.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "keeper/control_client.h"
#include "keeper/run_dir.h"

namespace stead::cli {
namespace {

using namespace std::chrono_literals;

// Longer than the keeper's own deadlines (keeper.h), so that it is the keeper that says what went wrong.
constexpr auto kPatience = 60s;
// A stop takes as long as the file allows (timeouts.drain); a second `stead stop` ends it at once.
constexpr auto kStopPatience = 24h;
// For a worker whose keeper has died: nobody is left who knows what the file says.
constexpr auto kOrphanDrain = 30s;

int report(const Result<keeper::ControlReply>& reply) {
  if (!reply) return report_failure(reply.error().message);
  if (!reply->ok) return report_failure(reply->text);
  std::printf("%s%s", reply->text.c_str(), reply->text.ends_with('\n') ? "" : "\n");
  return 0;
}

int order(const std::string& run_dir, keeper::ControlCommand command, std::chrono::milliseconds patience) {
  const bool colour = isatty(STDERR_FILENO) == 1;
  return report(keeper::ask_keeper(keeper::choose_run_dir(run_dir), {.command = command, .colour = colour}, patience));
}

int stop(const std::string& given_run_dir) {
  const std::string run_dir = keeper::choose_run_dir(given_run_dir);
  const Result<keeper::ControlReply> reply =
      keeper::ask_keeper(run_dir, {.command = keeper::ControlCommand::Stop, .colour = false}, kStopPatience);
  if (reply || (reply.error().code != ENOENT && reply.error().code != ECONNREFUSED)) return report(reply);
  const Result<std::string> orphan = keeper::stop_orphan(run_dir, kOrphanDrain);
  if (!orphan) return report_failure(orphan.error().message);
  std::printf("%s\n", orphan->c_str());
  return 0;
}

void add_order(CLI::App& app, ExitCode& exit_code, const char* name, const char* description,
               const std::function<int(const std::string& run_dir)>& give) {
  CLI::App* command = app.add_subcommand(name, description);
  const auto run_dir = std::make_shared<std::string>();
  add_run_dir_option(*command, *run_dir);
  command->callback([run_dir, give, &exit_code] { exit_code.value = give(*run_dir); });
}

}  // namespace

void add_reload_command(CLI::App& app, ExitCode& exit_code) {
  add_order(app, exit_code, "reload", "Put the changed file into effect; with an error in it, nothing changes",
            [](const std::string& run_dir) { return order(run_dir, keeper::ControlCommand::Reload, kPatience); });
}

void add_upgrade_command(CLI::App& app, ExitCode& exit_code) {
  add_order(app, exit_code, "upgrade", "Let the binary that is on disk now take over",
            [](const std::string& run_dir) { return order(run_dir, keeper::ControlCommand::Upgrade, kPatience); });
}

void add_stop_command(CLI::App& app, ExitCode& exit_code) {
  add_order(app, exit_code, "stop", "Finish what is in flight, then end; given twice: end at once", stop);
}

}  // namespace stead::cli
