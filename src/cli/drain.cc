// `stead drain MEMBER`: no new requests for it, so that its server can be stopped.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"

namespace stead::cli {
namespace {

struct DrainOptions {
  std::string run_dir;
  std::string member;
};

int drain(const DrainOptions& options) {
  const std::string body = boost::json::serialize(boost::json::object{{"member", options.member}});
  return post_member_command(options.run_dir, "/v1/members/drain", body, "drained");
}

}  // namespace

void add_drain_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("drain", "Give a member no new requests; those in flight finish");
  const auto options = std::make_shared<DrainOptions>();
  command->add_option("member", options->member, "As in the file: app-1:8000; or with its pool: api/app-1:8000")
      ->required();
  add_run_dir_option(*command, options->run_dir);
  command->callback([options, &exit_code] { exit_code.value = drain(*options); });
}

}  // namespace stead::cli
