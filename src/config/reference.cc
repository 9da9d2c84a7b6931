#include "config/reference.h"

#include <fmt/format.h>

#include "config/codes.h"
#include "config/keys.h"
#include "config/nearest.h"
#include "config/quantity.h"

namespace stead::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Reference of the file

Made by `stead reference` from the table that the reader itself uses. Do not edit it: a test compares the two.

The file is [TOML](https://toml.io). It is the same on every server. `stead check FILE` says what is wrong with one, or
what it will do.

- **Durations** are texts with a unit: `"500ms"`, `"1.5s"`, `"10m"`, `"1h"`. A number without a unit is an error.
- **Percentages** are texts: `"20%"`.
- **Names** of sites and pools are made of letters, digits, `-`, `_` and `.`, at most 64; names of nodes have no dots.
- A **list** of one may be written without its brackets.
- A key that is not listed here is an error, with a suggestion.
- An IPv6 address stands in brackets before a port: `"[2001:db8::1]:80"`.

The shortest file that serves something:

```toml
[site.shop]
listen = "any:8080"
route  = { "/" = { pool = "app" } }
[pool.app]
members = ["127.0.0.1:8001", "127.0.0.1:8002"]
```
)";

std::string_view type_name(const Key& key) {
  switch (key.type) {
    case Type::Name:
      return "name";
    case Type::Text:
      return "text";
    case Type::Header:
      return "text of visible ASCII characters";
    case Type::Flag:
      return "true or false";
    case Type::Count:
      return "whole number";
    case Type::Duration:
      return "duration";
    case Type::Percent:
      return "percentage";
    case Type::Choice:
      return "one of the words";
    case Type::Section:
    case Type::Routes:
      return "table";
    case Type::NodeAddress:
      return "address, or a table with `address`";
    case Type::VipAddresses:
      return "address with the length of its prefix, or a list of them";
    case Type::VipNodes:
      return "list of nodes";
    case Type::Priorities:
      return "table of nodes with numbers";
    case Type::Peers:
      return "list of addresses";
    case Type::Secrets:
      return "list of numbers and secrets";
    case Type::TrackNames:
      return "list of tracks";
    case Type::Command:
      return "list of a program and its arguments";
    case Type::Hosts:
      return "list of host names";
    case Type::Listeners:
      return "list of listeners";
    case Type::Members:
      return "list of members";
    case Type::CheckTable:
    case Type::EjectTable:
      return "table, or `false`";
    case Type::CheckPath:
      return "path";
    case Type::StatusRange:
      return "status or range of them";
    case Type::Redirect:
      return "URL or path";
    case Type::Endpoint:
      return "host and port";
  }
  return "";
}

std::string limit(const Key& key, std::int64_t value) {
  if (key.type == Type::Duration) return format_duration(std::chrono::milliseconds(value));
  if (key.type == Type::Percent) return fmt::format("{}%", value);
  return fmt::format("{}", value);
}

bool has_range(const Key& key) {
  return key.type == Type::Count || key.type == Type::Duration || key.type == Type::Percent;
}

// "duration from 100ms to 1h, or `"off"`; default `"5s"`; since 0.1"
std::string facts(const Key& key) {
  std::string text(type_name(key));
  if (key.type == Type::Choice) text += " " + list_words(key.choices, "or");
  if (has_range(key)) text += fmt::format(" from {} to {}", limit(key, key.min), limit(key, key.max));
  if (!key.word.empty()) text += fmt::format(", or `\"{}\"`", key.word);
  if (key.required) {
    text += "; **required**";
  } else if (!key.fallback.empty()) {
    text += fmt::format("; default `{}`", key.fallback);
    if (!key.absent.empty()) text += fmt::format(", {}", key.absent);
  } else if (!key.absent.empty()) {
    text += fmt::format("; without it: {}", key.absent);
  }
  return text + fmt::format("; since {}", key.since);
}

void describe(std::string& out, const Key& key) {
  const std::string_view name = key.name != "*" ? key.name : key.section == "node" ? "NAME" : "\"METHOD /prefix\"";
  out += fmt::format("\n### `{}`\n\n*{}*\n\n{}\n\n```toml\n{}\n```\n", name, facts(key), key.description, key.example);
}

void describe(std::string& out, const SectionInfo& section) {
  std::string title(section.title);
  if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  out += fmt::format("\n## {}\n\n{}\n", title, section.description);
  for (const Key& key : all_keys()) {
    if (key.section == section.path) describe(out, key);
  }
}

void describe_codes(std::string& out) {
  out +=
      "\n## Diagnostics\n\nWhat `stead check` and `stead reload` can find. Codes that begin with E keep a file from "
      "being "
      "used, those that begin with W do not. A code never changes its meaning.\n\n| code | what | why it matters "
      "|\n| --- | --- | --- |\n";
  for (const CodeInfo& code : all_codes()) out += fmt::format("| {} | {} | {} |\n", code.id, code.title, code.why);
}

}  // namespace

std::string markdown_reference() {
  std::string out(kIntroduction);
  for (const SectionInfo& section : all_sections()) describe(out, section);
  describe_codes(out);
  return out;
}

}  // namespace stead::config
