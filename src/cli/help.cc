#include "cli/help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace stead::cli {
namespace {

using Row = std::pair<std::string, std::string>;

// "--run-dir" takes a "DIR": the last word of its name.
std::string value_name(const CLI::Option& option) {
  std::string name = option.get_name();
  name.erase(0, name.find_last_of('-') + 1);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

bool hidden(const CLI::Option& option) { return option.get_group().empty(); }

std::string synopsis(const CLI::Option& option) {
  if (option.get_positional()) return value_name(option);
  const std::string& name = option.get_lnames().front();
  return option.get_items_expected_max() == 0 ? "--" + name : "--" + name + " " + value_name(option);
}

std::string usage(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  if (parent == nullptr) return app.get_name() + " COMMAND …";
  std::string line = parent->get_name() + " " + app.get_name();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) line += " " + value_name(*option);
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || hidden(*option) || option == app.get_help_ptr()) continue;
    line += " [" + synopsis(*option) + "]";
  }
  return line;
}

std::vector<Row> rows(const CLI::App& app) {
  std::vector<Row> result;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) result.emplace_back(command->get_name(), command->get_description());
  }
  for (const CLI::Option* option : app.get_options()) {
    const bool wanted = !hidden(*option) && option != app.get_help_ptr();
    if (wanted) result.emplace_back(synopsis(*option), option->get_description());
  }
  return result;
}

class HelpFormatter final : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    std::string text = usage(*app) + "\n\n" + app->get_description() + ".\n";
    const std::vector<Row> lines = rows(*app);
    std::size_t width = 0;
    for (const Row& row : lines) width = std::max(width, row.first.size());
    if (!lines.empty()) text += "\n";
    for (const auto& [name, description] : lines) text += fmt::format("  {:<{}}  {}\n", name, width, description);
    const std::string footer = app->get_parent() == nullptr ? app->get_footer() : std::string();
    return footer.empty() ? text : text + "\n" + footer + "\n";
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace stead::cli
