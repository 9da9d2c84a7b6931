// The file as a tree of values, each with its place: what the TOML parser found, before anyone asked what it means.
//
// toml++ does the parsing, in document.cc only: its header costs seconds to compile, and its tables forget the order in
// which a person wrote the keys, which messages and routes should keep.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace stead::config {

enum class Kind : std::uint8_t { Text, Integer, Real, Flag, Time, List, Table };

struct Entry;

struct Value {
  Kind kind = Kind::Table;
  Span span;
  std::string text;            // Kind::Text
  std::int64_t integer = 0;    // Kind::Integer
  double real = 0;             // Kind::Real
  bool flag = false;           // Kind::Flag
  bool verbatim = false;       // Kind::Text: the file holds exactly this text between two quotes, without escapes
  std::vector<Value> items;    // Kind::List
  std::vector<Entry> entries;  // Kind::Table, in the order of the file

  [[nodiscard]] const Entry* find(std::string_view key) const;
  // Follows keys down through tables; nullptr where one is missing.
  [[nodiscard]] const Value* find_path(std::initializer_list<std::string_view> keys) const;
  // The place of text.substr(offset, length), as exactly as it can be known.
  [[nodiscard]] Span part(std::size_t offset, std::size_t length) const;
};

struct Entry {
  std::string key;
  Span key_span;
  Value value;
};

struct Document {
  Value root;
  // False: lines that are not TOML were left out, so what seems to be missing may well be there.
  bool complete = true;
};

// Never fails: what cannot be parsed is reported and left out.
[[nodiscard]] Document parse_document(std::string_view text, Report& report);

// "a number", "a list" …, for messages.
[[nodiscard]] std::string_view describe(Kind kind);

}  // namespace stead::config
