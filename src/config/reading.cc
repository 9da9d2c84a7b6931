#include "config/reading.h"

#include <fmt/format.h>

#include <algorithm>

namespace stead::config {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool expect_named_section(const Entry& entry, const Place& place, Report& report) {
  const std::string_view kind = place.section.substr(0, place.section.find('.'));
  if (entry.value.kind != Kind::Table && find_key(place.section, entry.key) != nullptr) {
    report.add({.code = Code::MissingKey,
                .message = fmt::format("`{}` stands in [{}], which needs a name", entry.key, kind),
                .span = entry.key_span,
                .why = fmt::format("there may be several, and what they are for is told by their names"),
                .help = fmt::format("write [{}.NAME] instead of [{}]", kind, kind)});
    return false;
  }
  if (!expect_table(entry.value, place, report)) return false;
  if (is_name(entry.key)) return true;
  report.add({.code = Code::BadName,
              .message = fmt::format("\"{}\" cannot be the name of a {}", entry.key, kind),
              .span = entry.key_span,
              .help = "use letters, digits, '-', '_' and '.', at most 64"});
  return false;
}

}  // namespace stead::config
