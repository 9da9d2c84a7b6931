// What the parts of the reader share while one file is read. Not for use outside of it.
#pragma once

#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/model.h"
#include "config/read_section.h"

namespace stead::config {

struct Reading {
  const Document& document;
  Report& report;
  Config config;
  // Where each of config.listeners was first written.
  std::vector<Span> listener_spans;

  [[nodiscard]] const Node* find_node(std::string_view name) const { return config.find_node(name); }
};

// One file's parts, in the order in which they need each other: vips, listeners and members name nodes, vips name
// tracks.
void read_nodes(Reading& reading);
void read_tracks(Reading& reading);
void read_vips(Reading& reading);
void read_sites(Reading& reading);
void read_pools(Reading& reading);

// [site.NAME] `listen`: finds or adds the listener, and says so in site.listeners.
void read_listener(Reading& reading, const Value& value, Site& site);
// One line of [site.NAME.route].
void read_route(Reading& reading, const Entry& entry, const Place& section, Site& site);
// One element of `members`.
void read_member(Reading& reading, const Value& value, const Place& pool_place, Pool& pool);
void read_admin(Reading& reading);
void read_check(Reading& reading, const Value& value, const Place& pool_place, Check& check);

// Across the whole file, when all of it is read.
void check_references(Reading& reading);
void check_listeners(Reading& reading);
void check_timers(Reading& reading);

// Calls use(entry, place) for each [section.NAME] whose name and kind are right.
template <typename Use>
void for_each_named(Reading& reading, std::string_view section, std::string_view pattern, Use&& use);

// The form in which host names are compared and kept.
[[nodiscard]] std::string lower(std::string text);

// Calls use(value) for each element of a list, or for the one value that stands without brackets.
template <typename Use>
void for_each_item(const Value& value, Use&& use) {
  if (value.kind != Kind::List) {
    use(value);
    return;
  }
  for (const Value& item : value.items) use(item);
}

[[nodiscard]] bool expect_named_section(const Entry& entry, const Place& place, Report& report);

template <typename Use>
void for_each_named(Reading& reading, std::string_view section, std::string_view pattern, Use&& use) {
  const Entry* all = reading.document.root.find(section);
  if (all == nullptr ||
      !expect_table(all->value, Place{pattern, std::string(section), all->key_span}, reading.report)) {
    return;
  }
  for (const Entry& entry : all->value.entries) {
    Place place{pattern, "[" + std::string(section) + "." + entry.key + "]", entry.key_span};
    if (expect_named_section(entry, place, reading.report)) use(entry, place);
  }
}

}  // namespace stead::config
