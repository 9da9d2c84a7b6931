// `stead status`: what is it doing, and what is wrong?
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "admin/status_json.h"
#include "admin/status_table.h"
#include "cli/admin_options.h"
#include "cli/command.h"
#include "keeper/control_client.h"
#include "keeper/run_dir.h"

namespace stead::cli {
namespace {

struct StatusOptions {
  std::string run_dir;
  std::string colour = "auto";
  bool json = false;
};

// https://no-color.org: any value but an empty one means no.
bool wants_colour(const StatusOptions& options) {
  if (options.colour != "auto") return options.colour == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

// What only the keeper knows; nullopt where there is none, or it is busy: the worker's side is worth showing alone.
std::optional<keeper::KeeperStatus> ask_keeper(const std::string& run_dir) {
  const Result<keeper::ControlReply> reply = keeper::ask_keeper(
      keeper::choose_run_dir(run_dir), {.command = keeper::ControlCommand::Status, .colour = false}, 1s);
  return reply ? reply->status : std::nullopt;
}

std::string in_words(const keeper::KeeperStatus& keeper, bool colour) {
  const char* red = colour ? "\033[31m" : "";
  const char* plain = colour ? "\033[0m" : "";
  std::string text;
  for (const keeper::KeeperStatus::Listener& listener : keeper.listeners) {
    if (listener.problem.empty()) continue;
    text += red + ("not listening on " + listener.name + ": " + listener.problem) + plain + "\n";
  }
  if (keeper.worker_deaths > 0) {
    text += red + std::to_string(keeper.worker_deaths) + (keeper.worker_deaths == 1 ? " worker has" : " workers have") +
            " died since the keeper started; its log says how" + plain + "\n";
  }
  if (!keeper.busy.empty()) text += "under way: " + keeper.busy + "\n";
  return text;
}

int print_json(const std::string& worker, const std::optional<keeper::KeeperStatus>& keeper) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(worker, error);
  if (error || !value.is_object()) return report_failure("the answer is not JSON: " + error.message());
  if (keeper) {
    boost::json::array failed;
    for (const keeper::KeeperStatus::Listener& listener : keeper->listeners) {
      if (!listener.problem.empty()) failed.push_back({{"name", listener.name}, {"why", listener.problem}});
    }
    value.as_object()["keeper"] = {{"pid", keeper->pid},
                                   {"uptime_ms", keeper->uptime_ms},
                                   {"worker_deaths", keeper->worker_deaths},
                                   {"under_way", keeper->busy},
                                   {"listeners_failed", std::move(failed)}};
  }
  std::printf("%s\n", boost::json::serialize(value).c_str());
  return 0;
}

int status(const StatusOptions& options) {
  const Result<admin::ClientResponse> response = admin_client(options.run_dir).request("GET", "/v1/status");
  if (!response) return report_failure(response.error().message);
  if (response->status != 200) return report_failure(admin::explain(*response));
  const std::optional<keeper::KeeperStatus> keeper = ask_keeper(options.run_dir);
  if (options.json) return print_json(response->body, keeper);
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(response->body, error);
  if (error) return report_failure("the answer is not JSON: " + error.message());
  const Result<admin::Status> parsed = admin::status_from_json(value);
  if (!parsed) return report_failure(parsed.error().message);
  std::string table = admin::render_table(*parsed, {.colour = wants_colour(options)});
  if (keeper) table += in_words(*keeper, wants_colour(options));
  std::fwrite(table.data(), 1, table.size(), stdout);
  return 0;
}

}  // namespace

void add_status_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("status", "Show listeners, pools and members of the running Stead");
  const auto options = std::make_shared<StatusOptions>();
  add_run_dir_option(*command, options->run_dir);
  command->add_flag("--json", options->json, "Print everything that is known, as JSON");
  command->add_option("--colour,--color", options->colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command->callback([options, &exit_code] { exit_code.value = status(*options); });
}

}  // namespace stead::cli
