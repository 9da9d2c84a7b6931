#include "config/read_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/read_value.h"

namespace stead::config {

std::vector<std::string> read_command(const Key& key, const Value& value, Code code, Report& report) {
  const bool texts = value.kind == Kind::List &&
                     std::ranges::all_of(value.items, [](const Value& item) { return item.kind == Kind::Text; });
  if (!texts) {
    report_type(key, value, "a list of texts: the program and its arguments", report);
    return {};
  }
  if (value.items.empty()) {
    report.add({.code = code,
                .message = fmt::format("`{}` is empty", key.name),
                .span = value.span,
                .why = "there would be nothing to run",
                .help = std::string(key.example)});
    return {};
  }
  std::vector<std::string> command;
  for (const Value& item : value.items) command.push_back(item.text);
  check_full_path(value.items[0], "program", code, report);
  return command;
}

void check_full_path(const Value& value, std::string_view what, Code code, Report& report) {
  if (value.kind != Kind::Text || value.text.starts_with('/')) return;
  report.add({.code = code,
              .message = fmt::format("\"{}\" is not the full path of a {}", value.text, what),
              .span = value.span,
              .why = "where Stead runs is not where you are",
              .help = "write it from the root on: \"/…\""});
}

}  // namespace stead::config
