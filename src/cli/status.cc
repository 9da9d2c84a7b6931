// `stead status`: what is it doing, and what is wrong?
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "admin/status_json.h"
#include "admin/status_table.h"
#include "cli/admin_options.h"
#include "cli/command.h"

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

int status(const StatusOptions& options) {
  const Result<admin::ClientResponse> response = admin_client(options.run_dir).request("GET", "/v1/status");
  if (!response) return report_failure(response.error().message);
  if (response->status != 200) return report_failure(admin::explain(*response));
  if (options.json) {
    std::fwrite(response->body.data(), 1, response->body.size(), stdout);
    return 0;
  }
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(response->body, error);
  if (error) return report_failure("the answer is not JSON: " + error.message());
  const Result<admin::Status> parsed = admin::status_from_json(value);
  if (!parsed) return report_failure(parsed.error().message);
  const std::string table = admin::render_table(*parsed, {.colour = wants_colour(options)});
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
