#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/reading.h"

namespace stead::config {
namespace {

// A name as a request's Host header can carry it, or a pattern of such names.
bool is_host_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.starts_with('[') && text.ends_with(']')) return parse_address(text.substr(1, text.size() - 2)).has_value();
  return is_host_name(text) && !text.ends_with('.');
}

// What the writer probably had in mind, by what is wrong.
std::string host_help(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    return fmt::format("write the name alone: \"{}\"",
                       text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3));
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos) {
    return fmt::format("leave out the port, which stands in `listen`: \"{}\"", text.substr(0, colon));
  }
  if (text.find('/') != std::string_view::npos) return "paths stand in [site.NAME.route]";
  if (text.ends_with('.')) return fmt::format("leave out the last dot: \"{}\"", text.substr(0, text.size() - 1));
  if (text.find('*') != std::string_view::npos) return "a '*' stands for the first labels only: \"*.example.com\"";
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; })) {
    return "write the name as it goes over the wire, in its ASCII form that begins with \"xn--\"";
  }
  return "write a host name, \"*.example.com\", or \"*\"";
}

void read_host(Reading& reading, const Value& value, Site& site) {
  if (value.kind != Kind::Text) {
    report_type(*find_key("site.*", "hosts"), value, "texts", reading.report);
    return;
  }
  if (!is_host_pattern(value.text)) {
    reading.report.add({.code = Code::BadHost,
                        .message = fmt::format("\"{}\" is not a host name", value.text),
                        .span = value.span,
                        .help = host_help(value.text)});
    return;
  }
  const std::string host = lower(value.text);
  if (std::find(site.hosts.begin(), site.hosts.end(), host) == site.hosts.end()) {
    site.hosts.push_back(host);
    return;
  }
  reading.report.add({.code = Code::HostTwice,
                      .message = fmt::format("\"{}\" is in this list already", value.text),
                      .span = value.span,
                      .why = "the second was probably meant to be another name",
                      .help = "leave one out"});
}

void read_routes(Reading& reading, const Entry& entry, Site& site) {
  const Place place{"site.*.route", fmt::format("[site.{}.route]", site.name), entry.key_span};
  if (!expect_table(entry.value, place, reading.report)) return;
  for (const Entry& route : entry.value.entries) read_route(reading, route, place, site);
  if (!entry.value.entries.empty() || !reading.document.complete) return;
  reading.report.add({.code = Code::NoRoute,
                      .message = fmt::format("{} has no routes", place.name),
                      .span = entry.key_span,
                      .help = "add: \"/\" = { pool = \"api\" }"});
}

void read_site(Reading& reading, const Entry& entry, const Place& place) {
  Site site;
  site.name = entry.key;
  site.where = entry.key_span.begin;
  // No key of a site is read by the table alone: each has a grammar of its own.
  for (const Entry& key : entry.value.entries) {
    if (find_key(place.section, key.key) == nullptr) report_unknown_key(key, place, reading.report);
  }
  report_missing_keys(entry.value, place, reading.document.complete, reading.report);
  if (const Entry* hosts = entry.value.find("hosts")) {
    for_each_item(hosts->value, [&](const Value& value) { read_host(reading, value, site); });
    if (hosts->value.kind == Kind::List && hosts->value.items.empty()) {
      report_type(*find_key("site.*", "hosts"), hosts->value, "at least one name, or \"*\" for all", reading.report);
    }
  } else {
    site.hosts.emplace_back("*");
  }
  if (const Entry* listen = entry.value.find("listen")) {
    for_each_item(listen->value, [&](const Value& value) { read_listener(reading, value, site); });
    if (listen->value.kind == Kind::List && listen->value.items.empty()) {
      report_type(*find_key("site.*", "listen"), listen->value, "at least one listener", reading.report);
    }
  }
  if (const Entry* routes = entry.value.find("route")) read_routes(reading, *routes, site);
  reading.config.sites.push_back(std::move(site));
}

}  // namespace

void read_sites(Reading& reading) {
  for_each_named(reading, "site", "site.*",
                 [&](const Entry& entry, const Place& place) { read_site(reading, entry, place); });
}

}  // namespace stead::config
