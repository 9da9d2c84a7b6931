// `stead check FILE`: is the file right, and what would it do?
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "config/explain.h"
#include "config/reader.h"
#include "config/resolve.h"
#include "config/self.h"
#include "keeper/protocol.h"
#include "keeper/vip/passing.h"
#include "keeper/vip/plan.h"
#include "net/memfd.h"
#include "net/names.h"
#include "net/unique_fd.h"

namespace stead::cli {
namespace {

struct CheckOptions {
  std::string file;
  std::string node;
  std::string colour = "auto";
  bool json = false;
};

Result<std::string> read_file(const std::string& path) {
  const net::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failure_errno("open " + path);
  Result<std::string> text = net::read_text(file.get(), keeper::kMaxConfig);
  if (!text) return std::unexpected(std::move(text.error()).within(path));
  return text;
}

bool wants_colour(const CheckOptions& options) {
  if (options.colour != "auto") return options.colour == "always";
  return isatty(STDERR_FILENO) == 1;
}

void print(std::FILE* stream, const std::string& text) { std::fwrite(text.data(), 1, text.size(), stream); }

// The node to look from, if one was asked for or this machine is one; a plan for all nodes is fine as well.
Result<std::string> find_node(const config::Config& config, const std::string& name) {
  if (!name.empty()) return config::find_self(config, name, {});
  const Result<std::vector<std::string>> addresses = net::own_addresses();
  if (!addresses) return std::string();
  return config::find_self(config, std::nullopt, *addresses).value_or("");
}

// What the file asks of the machine, if this is the machine, and whoever asks may know.
std::string check_machine(const config::Config& config, const std::string& node) {
  const Result<std::vector<std::string>> addresses = net::own_addresses();
  if (!addresses || config::find_self(config, std::nullopt, *addresses).value_or("") != node) return {};
  if (geteuid() != 0) return {};
  for (const keeper::vip::GroupPlan& group : keeper::vip::make_plan(config, node).groups) {
    const Result<> possible = keeper::vip::Passing::rehearse(group.family);
    if (possible || !group.has_peers) continue;
    return "\nOn this machine, established connections are cut when vip `" + group.vip +
           "` moves: " + possible.error().message + "\n";
  }
  return {};
}

int check(const CheckOptions& options) {
  const Result<std::string> text = read_file(options.file);
  if (!text) {
    print(stderr, "stead: " + text.error().message + "\n");
    return 1;
  }
  config::ReadResult result = config::read(*text, options.file);
  if (result.config) {
    std::vector<config::Diagnostic> warnings = config::resolve_members(*result.config, net::look_up, options.file);
    result.diagnostics.insert(result.diagnostics.end(), warnings.begin(), warnings.end());
  }
  if (options.json) {
    print(stdout, config::to_json(result.diagnostics) + "\n");
    return result.config ? 0 : 1;
  }
  print(stderr, config::render(result.diagnostics, *text, wants_colour(options)));
  if (!result.config) return 1;
  const Result<std::string> node = find_node(*result.config, options.node);
  if (!node) {
    print(stderr, "stead: " + node.error().message + "\n");
    return 1;
  }
  print(stdout, config::explain(*result.config, *node));
  print(stderr, check_machine(*result.config, *node));
  return 0;
}

}  // namespace

void add_check_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("check", "Check a file, and say in words what it would do");
  const auto options = std::make_shared<CheckOptions>();
  command->add_option("file", options->file, "The configuration file")->required();
  command->add_option("--node", options->node, "Look from the side of this node");
  command->add_flag("--json", options->json, "Print what is wrong as a JSON array, and nothing else");
  command->add_option("--colour,--color", options->colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command->callback([options, &exit_code] { exit_code.value = check(*options); });
}

}  // namespace stead::cli
