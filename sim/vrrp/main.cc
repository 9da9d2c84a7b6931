// sim_vrrp: virtual routers, a simulated network, and thousands of seeds. Exit code 0: every promise of scenario.h
// (--spread: spread_scenario.h; --witness: witness_scenario.h) was kept; 1: one was broken, with the command that shows
// it again; 2: wrong arguments.
#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string_view>

#include "sim/vrrp/scenario.h"
#include "sim/vrrp/spread_scenario.h"
#include "sim/vrrp/witness_scenario.h"

namespace stead::sim::vrrp {
namespace {

struct Options {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1000;
  bool verbose = false;
  bool spread = false;   // several addresses, shared: spread_scenario.h
  bool witness = false;  // witness_scenario.h
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `--seed K` alone runs just that one.
std::optional<Options> parse(int count, char** arguments) {
  Options options;
  bool counted = false;
  bool chosen = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view key = arguments[i];
    if (key == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (key == "--spread") {
      options.spread = true;
      continue;
    }
    if (key == "--witness") {
      options.witness = true;
      continue;
    }
    const auto value = i + 1 < count ? number(arguments[++i]) : std::nullopt;
    if (!value || (key != "--seeds" && key != "--seed")) return std::nullopt;
    (key == "--seeds" ? options.seeds : options.first_seed) = *value;
    (key == "--seeds" ? counted : chosen) = true;
  }
  if (chosen && !counted) options.seeds = 1;
  return options;
}

template <typename Story>
int run(const Options& options, std::string_view program) {
  Counts total;
  for (std::uint64_t seed = options.first_seed; seed < options.first_seed + options.seeds; ++seed) {
    if (options.verbose) std::cout << "seed " << seed << "\n";
    Story scenario(seed, options.verbose);
    try {
      scenario.run();
    } catch (const Violation& violation) {
      std::cout << "seed " << seed << " broke a promise " << violation.what() << "\n"
                << "see it again: " << program
                << (options.spread    ? " --spread"
                    : options.witness ? " --witness"
                                      : "")
                << " --seed " << seed << " --verbose\n";
      return 1;
    }
    total.add(scenario.counts());
  }
  std::cout << options.seeds << " seeds kept every promise\n"
            << "  " << total.adverts << " adverts, " << total.lost << " losses, " << total.repeated << " repeated\n"
            << "  " << total.faults << " faults, " << total.partitions << " partitions, " << total.handovers
            << " handovers, " << total.changes << " changes of state\n";
  return 0;
}

}  // namespace
}  // namespace stead::sim::vrrp

int main(int count, char** arguments) {
  const auto options = stead::sim::vrrp::parse(count, arguments);
  if (!options) {
    std::cerr << "usage: sim_vrrp [--seeds N] [--seed K] [--verbose] [--spread | --witness]\n";
    return 2;
  }
  using namespace stead::sim::vrrp;
  if (options->witness) return run<WitnessScenario>(*options, arguments[0]);
  return options->spread ? run<SpreadScenario>(*options, arguments[0]) : run<Scenario>(*options, arguments[0]);
}
