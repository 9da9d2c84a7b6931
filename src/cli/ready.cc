// `stead ready MEMBER`: the end of a drain.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"

namespace stead::cli {
namespace {

struct ReadyOptions {
  std::string run_dir;
  std::string member;
};

int ready(const ReadyOptions& options) {
  const std::string body = boost::json::serialize(boost::json::object{{"member", options.member}});
  return post_member_command(options.run_dir, "/v1/members/ready", body, "ready");
}

}  // namespace

void add_ready_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("ready", "Undo a drain, and end an ejection");
  const auto options = std::make_shared<ReadyOptions>();
  command->add_option("member", options->member, "As in the file: app-1:8000; or with its pool: api/app-1:8000")
      ->required();
  add_run_dir_option(*command, options->run_dir);
  command->callback([options, &exit_code] { exit_code.value = ready(*options); });
}

}  // namespace stead::cli
