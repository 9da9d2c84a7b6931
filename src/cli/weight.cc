// `stead weight MEMBER N`: how large a member's share of the requests is, whatever the file says, until the next one.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "admin/api.h"
#include "cli/admin_options.h"
#include "cli/command.h"

namespace stead::cli {
namespace {

struct WeightOptions {
  std::string run_dir;
  std::string member;
  std::uint32_t weight = 1;
};

int weight(const WeightOptions& options) {
  const std::string body =
      boost::json::serialize(boost::json::object{{"member", options.member}, {"weight", options.weight}});
  return post_member_command(options.run_dir, "/v1/members/weight", body,
                             "given weight " + std::to_string(options.weight));
}

}  // namespace

void add_weight_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("weight", "Change a member's share of the requests");
  const auto options = std::make_shared<WeightOptions>();
  command->add_option("member", options->member, "As in the file: app-1:8000; or with its pool: api/app-1:8000")
      ->required();
  command->add_option("weight", options->weight, "0 takes nothing new; as large as the others': an equal share")
      ->required()
      ->check(CLI::Range(0U, admin::kMaxWeight));
  add_run_dir_option(*command, options->run_dir);
  command->callback([options, &exit_code] { exit_code.value = weight(*options); });
}

}  // namespace stead::cli
