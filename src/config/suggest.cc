#include "config/suggest.h"

#include <algorithm>

#include "config/nearest.h"

namespace stead::config {
namespace {

// "pool" of "pool.*.check".
std::string_view family(std::string_view section) { return section.substr(0, section.find('.')); }

// Case and the difference between '_' and '-' count nothing.
bool same_word(std::string_view one, std::string_view other) { return edit_distance(one, other) == 0; }

bool among(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (same_word(words.substr(0, end), word)) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

template <typename Condition>
std::vector<const Key*> select(Condition&& condition) {
  std::vector<const Key*> keys;
  for (const Key& key : all_keys()) {
    if (key.name != "*" && condition(key)) keys.push_back(&key);
  }
  return keys;
}

bool is_inside(const Key& key, std::string_view section) {
  return !section.empty() && key.section.size() > section.size() && key.section.starts_with(section);
}

// By another program's word for it, else by a slip of the fingers.
std::vector<const Key*> of_section(std::string_view written, std::string_view section) {
  const std::vector<const Key*> all = select([&](const Key& key) { return key.section == section; });
  for (const Key* key : all) {
    if (same_word(key->name, written) || among(key->also, written)) return {key};
  }
  std::vector<std::string_view> names;
  for (const Key* key : all) names.push_back(key->name);
  const std::string_view close = nearest(written, names);
  return select([&](const Key& key) { return key.section == section && !close.empty() && key.name == close; });
}

}  // namespace

Suggestion suggest_key(std::string_view written, std::string_view section, bool is_table) {
  const auto same_name = [&](const Key& key) { return same_word(key.name, written); };
  std::vector<const Key*> keys = select([&](const Key& key) { return is_inside(key, section) && same_name(key); });
  if (!keys.empty() && !is_table) return {keys, false, true};
  keys = of_section(written, section);
  if (!keys.empty()) return {keys, true, false};
  keys = select(same_name);
  if (!keys.empty()) return {keys, false, true};
  keys = select([&](const Key& key) { return family(key.section) == family(section) && among(key.also, written); });
  if (!keys.empty()) return {keys, false, false};
  // Over the whole table only the smallest slip is telling, and rather near than far.
  const auto slip = [&](const Key& key) { return edit_distance(key.name, written) == 1; };
  keys = select([&](const Key& key) { return family(key.section) == family(section) && slip(key); });
  if (!keys.empty()) return {keys, false, false};
  return {select(slip), false, false};
}

std::string_view suggest_section(std::string_view written) {
  std::vector<std::string_view> names;
  for (const SectionInfo& section : all_sections()) {
    if (section.path.empty()) continue;
    if (names.empty() || names.back() != family(section.path)) names.push_back(family(section.path));
    if (among(section.also, written)) return family(section.path);
  }
  return nearest(written, names);
}

std::string_view section_title(std::string_view section) {
  const SectionInfo* found = find_section(section);
  return found == nullptr ? section : found->title;
}

}  // namespace stead::config
