// Reads single values as the table of keys says: type, unit, range, choices. What does not fit is reported and nullopt
// returned, so that the caller's default stays and the rest of the file can be checked.
#pragma once

#include <optional>
#include <string>

#include "config/document.h"
#include "config/keys.h"

namespace stead::config {

// Also names, and texts that go into a header.
[[nodiscard]] std::optional<std::string> read_text(const Key& key, const Value& value, Report& report);
[[nodiscard]] std::optional<bool> read_flag(const Key& key, const Value& value, Report& report);
[[nodiscard]] std::optional<Duration> read_duration(const Key& key, const Value& value, Report& report);
// Counts, percentages, and choices, which become their index.
[[nodiscard]] std::optional<std::uint32_t> read_number(const Key& key, const Value& value, Report& report);

// Letters, digits, '-', '_' and '.', at most 64.
[[nodiscard]] bool is_name(std::string_view text);
// Can be sent as the value of a header, or as a part of one: visible ASCII and blanks.
[[nodiscard]] bool is_header_text(std::string_view text);

// "`every` takes a duration, not a number". `wanted` completes the sentence, `help` shows how.
void report_type(const Key& key, const Value& value, std::string_view wanted, Report& report);

// Puts a value where its row of the table says. T is the type that the row's section fills.
template <typename T>
void store_value(const Key& key, const Value& value, T& target, Report& report) {
  const FieldOf<T>& field = std::get<FieldOf<T>>(key.store);
  if (const auto* duration = std::get_if<stead::Duration T::*>(&field)) {
    if (const auto read = read_duration(key, value, report)) target.*(*duration) = *read;
  } else if (const auto* number = std::get_if<std::uint32_t T::*>(&field)) {
    if (const auto read = read_number(key, value, report)) target.*(*number) = *read;
  } else if (const auto* text = std::get_if<std::string T::*>(&field)) {
    if (const auto read = read_text(key, value, report)) target.*(*text) = *read;
  } else if (const auto* flag = std::get_if<bool T::*>(&field)) {
    if (const auto read = read_flag(key, value, report)) target.*(*flag) = *read;
  } else if (const auto* convert = std::get_if<void (*)(T&, std::uint32_t)>(&field)) {
    if (const auto read = read_number(key, value, report)) (*convert)(target, *read);
  }
}

// The default of a key as a value of the file. Only for keys with a `fallback`.
[[nodiscard]] Value fallback_value(const Key& key);

// Fills in the defaults of all keys of a section that have a place in T.
template <typename T>
void store_defaults(std::string_view section, T& target) {
  Report ignored("");  // a default that is not valid by its own row fails a test of the table, not a user
  for (const Key& key : all_keys()) {
    if (key.section != section || key.fallback.empty()) continue;
    if (std::holds_alternative<FieldOf<T>>(key.store)) store_value(key, fallback_value(key), target, ignored);
  }
}

}  // namespace stead::config
