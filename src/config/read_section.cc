#include "config/read_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/nearest.h"
#include "config/suggest.h"

namespace stead::config {
namespace {

std::string keys_of(std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key& key : all_keys()) {
    if (key.section == section) names.push_back(key.name);
  }
  return list_words(names);
}

std::string sections_of(const std::vector<const Key*>& keys) {
  std::string text;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) text += i + 1 == keys.size() ? " and " : ", ";
    text += section_title(keys[i]->section);
  }
  return text;
}

}  // namespace

void report_unknown_key(const Entry& entry, const Place& place, Report& report) {
  Diagnostic diagnostic{.code = Code::UnknownKey, .span = entry.key_span};
  diagnostic.message =
      fmt::format("unknown key `{}` {} {}", entry.key, place.section.empty() ? "at" : "in", place.name);
  const Suggestion suggestion = suggest_key(entry.key, place.section, entry.value.kind == Kind::Table);
  if (suggestion.keys.empty()) {
    diagnostic.help = fmt::format("known here: {}", keys_of(place.section));
  } else if (suggestion.here) {
    const Key& key = *suggestion.keys[0];
    diagnostic.label = fmt::format("did you mean `{}`?", key.name);
    diagnostic.help = fmt::format("for example: {}", key.example);
    diagnostic.replacement = key.name;
  } else if (suggestion.keys.size() == 1) {
    const Key& key = *suggestion.keys[0];
    diagnostic.label = suggestion.exact ? fmt::format("belongs in {}", section_title(key.section))
                                        : fmt::format("did you mean `{}` in {}?", key.name, section_title(key.section));
    diagnostic.help = fmt::format("there: {}", key.example);
  } else {
    diagnostic.label = "belongs elsewhere";
    diagnostic.help = fmt::format("it is known in {}", sections_of(suggestion.keys));
  }
  report.add(std::move(diagnostic));
}

void report_missing_keys(const Value& table, const Place& place, bool complete, Report& report) {
  if (!complete) return;
  for (const Key& key : all_keys()) {
    if (key.section != place.section || !key.required || table.find(key.name) != nullptr) continue;
    report.add({.code = Code::MissingKey,
                .message = fmt::format("{} has no `{}`", place.name, key.name),
                .span = place.span,
                .help = fmt::format("add: {}", key.example)});
  }
}

bool expect_table(const Value& value, const Place& place, Report& report) {
  if (value.kind == Kind::Table) return true;
  Diagnostic diagnostic{.code = Code::WrongType, .span = value.span};
  diagnostic.message = fmt::format("{} is a table", place.name);
  diagnostic.label = fmt::format("this is {}", describe(value.kind));
  const std::size_t dot = std::min(place.section.rfind('.'), place.section.size());
  const Key* key = dot < place.section.size() && place.section.substr(dot) != ".*"
                       ? find_key(place.section.substr(0, dot), place.section.substr(dot + 1))
                       : nullptr;
  if (key != nullptr) diagnostic.help = fmt::format("for example: {}", key->example);
  const bool list_of_tables = value.kind == Kind::List && !value.items.empty() && value.items[0].kind == Kind::Table;
  if (list_of_tables) {
    diagnostic.span = place.span;
    diagnostic.message = fmt::format("{} is written with double brackets", place.name);
    diagnostic.label.clear();
    diagnostic.why = "double brackets make a list; there is only one of each name";
    diagnostic.help = fmt::format("write single brackets: {}", section_title(place.section));
  }
  report.add(std::move(diagnostic));
  return false;
}

}  // namespace stead::config
