// sim: the pool's cores, a simulated world, and thousands of seeds. Exit code 0: every promise of witness.h was kept;
// 1: one was broken, with the command that shows it again; 2: wrong arguments.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string_view>

#include "sim/scenario.h"

namespace stead::sim {
namespace {

struct Options {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1000;
  bool verbose = false;
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
    const auto value = i + 1 < count ? number(arguments[++i]) : std::nullopt;
    if (!value || (key != "--seeds" && key != "--seed")) return std::nullopt;
    (key == "--seeds" ? options.seeds : options.first_seed) = *value;
    (key == "--seeds" ? counted : chosen) = true;
  }
  if (chosen && !counted) options.seeds = 1;
  return options;
}

void print(const Counts& counts) {
  std::cout << "  " << counts.requests << " requests: " << counts.answered << " answered, " << counts.failed_safe
            << " safe and " << counts.failed_other << " other ones failed\n"
            << "  " << counts.retries << " retries, " << counts.hedges << " hedges, " << counts.queued << " waits, "
            << counts.stale_connections << " stale connections, " << counts.budget_refusals << " budget refusals\n"
            << "  " << counts.faults << " faults, " << counts.ejections << " ejections, " << counts.downs
            << " times down, " << counts.fail_opens << " times nobody was left\n";
}

int run(const Options& options, std::string_view program) {
  const auto began = std::chrono::steady_clock::now();
  Counts total;
  for (std::uint64_t seed = options.first_seed; seed < options.first_seed + options.seeds; ++seed) {
    if (options.verbose) std::cout << "seed " << seed << "\n";
    Scenario scenario(seed, options.verbose);
    try {
      scenario.run();
    } catch (const Violation& violation) {
      std::cout << "seed " << seed << " broke a promise " << violation.what() << "\n"
                << "see it again: " << program << " --seed " << seed << " --verbose\n";
      return 1;
    }
    if (options.verbose) print(scenario.counts());
    total.add(scenario.counts());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << options.seeds << " seeds kept every promise, in " << took.count() << " s\n";
  print(total);
  return 0;
}

}  // namespace
}  // namespace stead::sim

int main(int count, char** arguments) {
  const auto options = stead::sim::parse(count, arguments);
  if (!options) {
    std::cerr << "usage: sim [--seeds N] [--seed K] [--verbose]\n";
    return 2;
  }
  return stead::sim::run(*options, arguments[0]);
}
