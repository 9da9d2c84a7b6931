// `stead run FILE`: the keeper, in the foreground. Also what it becomes in an upgrade (--takeover), and the trial
// before.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <climits>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "cli/command.h"
#include "keeper/keeper.h"
#include "keeper/load.h"
#include "keeper/run_dir.h"
#include "keeper/takeover.h"

namespace stead::cli {
namespace {

struct RunOptions {
  std::string file;
  std::string node;
  std::string run_dir;
  std::string state_dir;
  std::optional<int> takeover;  // memfd with the state of an older keeper
};

// The path of this binary. Not /proc/self/exe itself: that stays the old file when a new one is put in its place.
std::string own_path() {
  std::string path(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  constexpr std::string_view kReplaced = " (deleted)";  // as the kernel says it where the file was replaced already
  if (path.ends_with(kReplaced)) path.resize(path.size() - kReplaced.size());
  return path;
}

Result<keeper::TakeoverState> read_state(int memfd) {
  const Result<net::Packet> packet = keeper::read_takeover(memfd);
  if (!packet) return std::unexpected(packet.error());
  return keeper::decode_takeover(*packet);
}

Result<> begin(keeper::Keeper& keeper, const RunOptions& options) {
  if (!options.takeover) return keeper.start();
  Result<keeper::TakeoverState> state = read_state(*options.takeover);
  close(*options.takeover);
  if (!state) return std::unexpected(std::move(state.error()));
  return keeper.resume(std::move(*state));
}

int run(const RunOptions& options) {
  Logger log("keeper", detect_log_style());
  keeper::Keeper keeper(log, {.file = options.file,
                              .node = options.node,
                              .run_dir = keeper::choose_run_dir(options.run_dir),
                              .state_dir = keeper::choose_state_dir(options.state_dir),
                              .program = own_path(),
                              .version = kVersion});
  if (const Result<> begun = begin(keeper, options); !begun) return report_failure(begun.error().message);
  return keeper.run();
}

// Descriptor 3 is the state, as keeper_upgrade.cc hands it over.
int check_takeover() {
  const Result<net::Packet> packet = keeper::read_takeover_for_trial(keeper::kWorkerChannel);
  if (!packet) return report_failure(packet.error().message);
  const Result<keeper::TakeoverState> state = keeper::decode_takeover(*packet);
  if (!state) return report_failure(state.error().message);
  const Result<keeper::Loaded> loaded = keeper::load_text(state->options.file, state->config, state->found_node, false);
  if (!loaded) return report_failure(loaded.error().message);
  return 0;
}

}  // namespace

void add_run_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("run", "Serve what a file says, in the foreground");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("file", options->file, "The configuration file")->required();
  command->add_option("--node", options->node, "Which of the file's nodes this is (default: found by its addresses)");
  command->add_option("--run-dir", options->run_dir, "Where to keep the sockets for commands");
  command->add_option("--state-dir", options->state_dir,
                      "Where to keep what must survive a restart: nothing, up to now");
  command->add_option("--takeover", options->takeover)->group("");
  command->callback([options, &exit_code] { exit_code.value = run(*options); });
}

void add_takeover_check_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("takeover-check", "Try whether this binary could take over")->group("");
  command->callback([&exit_code] { exit_code.value = check_takeover(); });
}

}  // namespace stead::cli
