// `stead weight MEMBER N`: how large a member's share of the requests is, whatever the file says; `default` gives it
// back to the file.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "admin/api.h"
#include "cli/admin_options.h"
#include "cli/command.h"

namespace stead::cli {
namespace {

struct WeightOptions {
  std::string run_dir;
  std::string member;
  std::string weight;
};

constexpr std::string_view kOfTheFile = "default";

// nullopt: neither a weight nor the word for the file's.
std::optional<boost::json::value> weight_from(std::string_view text) {
  if (text == kOfTheFile) return boost::json::value(nullptr);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > admin::kMaxWeight) return std::nullopt;
  return boost::json::value(number);
}

int weight(const WeightOptions& options) {
  const boost::json::value weight = weight_from(options.weight).value();  // as checked by the option
  const std::string body = boost::json::serialize(boost::json::object{{"member", options.member}, {"weight", weight}});
  return post_member_command(options.run_dir, "/v1/members/weight", body,
                             weight.is_null() ? "given the file's weight again" : "given weight " + options.weight);
}

}  // namespace

void add_weight_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("weight", "Change a member's share of the requests");
  const auto options = std::make_shared<WeightOptions>();
  command->add_option("member", options->member, "As in the file: app-1:8000; or with its pool: api/app-1:8000")
      ->required();
  command
      ->add_option("weight", options->weight,
                   "0 takes nothing new; as large as the others': an equal share; default: what the file says")
      ->required()
      ->check([](const std::string& text) {
        return weight_from(text) ? std::string()
                                 : "a weight is a whole number from 0 to " + std::to_string(admin::kMaxWeight) +
                                       ", or `default` for the file's: not `" + text + "`";
      });
  add_run_dir_option(*command, options->run_dir);
  command->callback([options, &exit_code] { exit_code.value = weight(*options); });
}

}  // namespace stead::cli
