// What sites and listeners must not have in common: a port of an address that can be bound only once, a host name for
// which two sites would answer.
#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/reading.h"

namespace stead::config {
namespace {

// Whether the kernel would refuse to bind both. "::" takes IPv4 as well.
bool overlap(const Endpoint& one, const Endpoint& other) {
  if (one.port != other.port || one.address == other.address) return false;
  if (one.address == "::" || other.address == "::") return true;
  const bool wildcard = one.address == "0.0.0.0" || other.address == "0.0.0.0";
  return wildcard && !is_version_6(one.address) && !is_version_6(other.address);
}

void check_overlaps(Reading& reading) {
  const std::vector<Listener>& listeners = reading.config.listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!overlap(listeners[i].endpoint, listeners[j].endpoint)) continue;
      const bool first_is_wide = is_wildcard(listeners[j].endpoint.address);
      const Listener& wide = first_is_wide ? listeners[j] : listeners[i];
      const Listener& narrow = first_is_wide ? listeners[i] : listeners[j];
      reading.report.add(
          {.code = Code::ListenerOverlap,
           .message = fmt::format("\"{}\" takes {} as well", wide.name, to_text(narrow.endpoint)),
           .span = reading.listener_spans[i],
           .related = {{reading.listener_spans[j], "excludes this one"}},
           .help = fmt::format("keep \"{}\" alone, or choose another port; `hosts` tells sites on one listener apart",
                               wide.name)});
    }
  }
}

void check_metrics(Reading& reading) {
  const std::string& metrics = reading.config.admin.metrics;
  if (metrics.empty()) return;
  const HostPort parts = split_host_port(metrics);
  const Endpoint endpoint{std::string(parts.host), parts.port};
  const Value* value = reading.document.root.find_path({"admin", "metrics"});
  for (std::size_t i = 0; i < reading.config.listeners.size(); ++i) {
    const Endpoint& other = reading.config.listeners[i].endpoint;
    if (endpoint != other && !overlap(endpoint, other)) continue;
    reading.report.add({.code = Code::ListenerOverlap,
                        .message = fmt::format("metrics cannot be served where sites are, at {}", to_text(other)),
                        .span = value->span,
                        .related = {{reading.listener_spans[i], "a site listens here"}},
                        .help = "choose another port: metrics = \"127.0.0.1:9100\""});
  }
}

Span host_span(const Reading& reading, const Site& site, const std::string& host) {
  const Value* hosts = reading.document.root.find_path({"site", site.name, "hosts"});
  if (hosts == nullptr) {
    const auto length = static_cast<std::uint32_t>(site.name.size());
    return {site.where, {site.where.line, site.where.column + length}};
  }
  for (const Value& item : hosts->items) {
    if (lower(item.text) == host) return item.span;
  }
  return hosts->span;
}

bool share_listener(const Site& one, const Site& other) {
  return std::any_of(one.listeners.begin(), one.listeners.end(), [&](std::uint32_t listener) {
    return std::find(other.listeners.begin(), other.listeners.end(), listener) != other.listeners.end();
  });
}

void report_shared_host(Reading& reading, const Site& first, const Site& second, const std::string& host) {
  const bool all = host == "*";
  reading.report.add(
      {.code = Code::HostTwice,
       .message = all ? fmt::format("[site.{}] and [site.{}] both take every name", first.name, second.name)
                      : fmt::format("\"{}\" belongs to [site.{}] already", host, first.name),
       .span = host_span(reading, second, host),
       .related = {{host_span(reading, first, host), all ? "this one too" : "here"}},
       .help = all ? "give one of them its names: hosts = [\"shop.example.com\"]"
                   : "leave it out here, or let the two sites listen at different places"});
}

void check_hosts(Reading& reading) {
  const std::vector<Site>& sites = reading.config.sites;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!share_listener(sites[i], sites[j])) continue;
      const std::vector<std::string>& taken = sites[j].hosts;
      for (const std::string& host : sites[i].hosts) {
        const bool shared = std::find(taken.begin(), taken.end(), host) != taken.end();
        if (shared) report_shared_host(reading, sites[j], sites[i], host);
      }
    }
  }
}

}  // namespace

void check_listeners(Reading& reading) {
  check_overlaps(reading);
  check_metrics(reading);
  // A site whose `hosts` were left out of an incomplete document would seem to take every name.
  if (reading.document.complete) check_hosts(reading);
}

}  // namespace stead::config
