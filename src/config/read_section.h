// Walks one table of the file against the table of keys: keys that are not known, keys that are missing, and the values
// that need no grammar of their own.
#pragma once

#include <string>
#include <string_view>

#include "config/read_value.h"

namespace stead::config {

// Where we are, for messages: the section's path in the table of keys, and its name in the file.
struct Place {
  std::string_view section;  // "pool.*.check"
  std::string name;          // "`check` of [pool.api]"
  Span span;                 // of the name, for keys that are missing
};

// Reports `entry` as unknown, with what was probably meant: a key of this section, or one that belongs elsewhere.
void report_unknown_key(const Entry& entry, const Place& place, Report& report);

// Reports the required keys of the section that the table does not have. `complete` is Document::complete.
void report_missing_keys(const Value& table, const Place& place, bool complete, Report& report);

// False, and a report, if the value is no table.
[[nodiscard]] bool expect_table(const Value& value, const Place& place, Report& report);

// Reads all keys that have a place in T, after filling in their defaults. Rows of other types of the same section are
// left to the caller.
template <typename T>
void read_fields(const Value& table, const Place& place, T& target, Report& report) {
  store_defaults(place.section, target);
  for (const Entry& entry : table.entries) {
    const Key* key = find_key(place.section, entry.key);
    if (key != nullptr && std::holds_alternative<FieldOf<T>>(key->store)) {
      store_value(*key, entry.value, target, report);
    }
  }
}

// Both of the above for a section: every key is known or reported, every required one is there or reported.
template <typename T>
void read_section(const Value& table, const Place& place, bool complete, T& target, Report& report) {
  for (const Entry& entry : table.entries) {
    if (find_key(place.section, entry.key) == nullptr) report_unknown_key(entry, place, report);
  }
  report_missing_keys(table, place, complete, report);
  read_fields(table, place, target, report);
}

}  // namespace stead::config
