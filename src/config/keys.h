// The table of keys: every key that the file may hold, once. The reader, the defaults, the suggestions for misspelt
// keys, `stead reference` and `stead schema` are all made from it, so a key cannot exist without a description or be
// documented with a default that it does not have.
//
// A new key is a row here and a member in model.h. Only a value with a grammar of its own (a route, a member) needs
// code in the reader besides.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>

#include "config/model.h"

namespace stead::config {

enum class Type : std::uint8_t {
  Name,  // letters, digits, '-', '_' and '.'
  Text,
  Header,    // a text that can stand in an HTTP header
  Flag,      // true or false
  Count,     // a whole number
  Duration,  // "500ms"
  Percent,   // "20%"
  Choice,    // one of Key::choices
  Section,   // a table with keys of its own: those whose `section` is this one's path
  // With a grammar of their own, read in read_nodes.cc, read_vips.cc, read_tracks.cc, read_sites.cc and read_pools.cc.
  NodeAddress,
  VipAddresses,
  VipNodes,
  Priorities,
  Peers,
  Secrets,
  TrackNames,
  Command,
  Hosts,
  Listeners,
  Routes,
  Members,
  CheckTable,  // a section, or false
  EjectTable,  // a section, or false
  CheckPath,
  StatusRange,
  Redirect,
  Endpoint,
};

// Where a value goes. A function takes what needs a conversion.
template <typename T>
using FieldOf =
    std::variant<stead::Duration T::*, std::uint32_t T::*, std::string T::*, bool T::*, void (*)(T&, std::uint32_t)>;
using Store =
    std::variant<std::monostate, FieldOf<Config>, FieldOf<Route>, FieldOf<Pool>, FieldOf<Member>, FieldOf<Check>,
                 FieldOf<Timeouts>, FieldOf<Worker>, FieldOf<Log>, FieldOf<Vip>, FieldOf<Track>>;

struct Key {
  // The path of the table that holds the key, "" at the top; `*` stands for a name that the operator chooses.
  std::string_view section;
  // `*`: any name, as in [node].
  std::string_view name;
  Type type = Type::Text;
  // As it would stand in the file. Empty: there is none, and `absent` says what happens then.
  std::string_view fallback = {};
  std::string_view absent = {};
  // Inclusive; durations in milliseconds, percentages in percents.
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::uint32_t>::max();
  // A word that may stand instead of a quantity and is stored as 0: "off", "auto".
  std::string_view word = {};
  std::span<const std::string_view> choices = {};
  bool required = false;
  std::string_view description;
  std::string_view example;
  // What others call it, for "did you mean"; separated by blanks.
  std::string_view also = {};
  std::string_view since = "0.1";
  Store store = {};
};

struct SectionInfo {
  std::string_view path;   // "pool.*"
  std::string_view title;  // "[pool.NAME]"
  std::string_view description;
  std::string_view also = {};
};

[[nodiscard]] std::span<const Key> all_keys();
// In the order of the reference.
[[nodiscard]] std::span<const SectionInfo> all_sections();

// nullptr if there is none. A row named `*` matches every name.
[[nodiscard]] const Key* find_key(std::string_view section, std::string_view name);
[[nodiscard]] const SectionInfo* find_section(std::string_view path);

}  // namespace stead::config
