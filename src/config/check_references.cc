// What one part of the file says of another.
#include <fmt/format.h>

#include <algorithm>

#include "config/nearest.h"
#include "config/reading.h"

namespace stead::config {
namespace {

std::vector<std::string_view> pool_names(const Config& config) {
  std::vector<std::string_view> names;
  for (const Pool& pool : config.pools) names.push_back(pool.name);
  return names;
}

std::string route_key(const Route& route) {
  return route.method.empty() ? route.prefix : route.method + " " + route.prefix;
}

Diagnostic unknown_pool(const Reading& reading, const std::string& pool, const Value* value, const Position& where) {
  const std::vector<std::string_view> names = pool_names(reading.config);
  const std::string_view close = nearest(pool, names);
  Diagnostic diagnostic{.code = Code::UnknownPool};
  diagnostic.span = value == nullptr ? Span{where, where} : value->span;
  diagnostic.message = fmt::format("no pool is called `{}`", pool);
  if (!close.empty()) {
    diagnostic.label = fmt::format("did you mean `{}`?", close);
    diagnostic.replacement = fmt::format("\"{}\"", close);
  }
  diagnostic.help = names.empty() ? fmt::format("add a section [pool.{}] with its `members`", pool)
                                  : fmt::format("the file has {}", list_words(names));
  return diagnostic;
}

void report_unknown_pool(Reading& reading, const Site& site, const Route& route) {
  const Value* value = reading.document.root.find_path({"site", site.name, "route", route_key(route), "pool"});
  reading.report.add(unknown_pool(reading, route.pool, value, route.where));
}

void report_unknown_pool(Reading& reading, const Track& track) {
  const Value* value = reading.document.root.find_path({"track", track.name, "pool"});
  Diagnostic diagnostic = unknown_pool(reading, track.pool, value, track.where);
  diagnostic.why = "the track would look at nothing";
  reading.report.add(std::move(diagnostic));
}

bool is_used(const Config& config, const Pool& pool) {
  return std::any_of(config.sites.begin(), config.sites.end(), [&](const Site& site) {
    return std::any_of(site.routes.begin(), site.routes.end(),
                       [&](const Route& route) { return route.kind == RouteKind::Pool && route.pool == pool.name; });
  });
}

void check_pools(Reading& reading) {
  for (const Site& site : reading.config.sites) {
    for (const Route& route : site.routes) {
      const bool wrong =
          route.kind == RouteKind::Pool && !route.pool.empty() && reading.config.find_pool(route.pool) == nullptr;
      if (wrong) report_unknown_pool(reading, site, route);
    }
  }
  // While there are errors, what uses a pool may not have been read.
  if (reading.report.has_errors()) return;
  for (const Pool& pool : reading.config.pools) {
    if (is_used(reading.config, pool)) continue;
    const auto length = static_cast<std::uint32_t>(pool.name.size());
    reading.report.add(
        {.code = Code::UnusedPool,
         .message = fmt::format("no route leads to [pool.{}]", pool.name),
         .span = {pool.where, {pool.where.line, pool.where.column + length}},
         .help = fmt::format("add a route, \"/\" = {{ pool = \"{}\" }}, or remove the pool", pool.name)});
  }
}

void check_tracks(Reading& reading) {
  const Config& config = reading.config;
  for (const Track& track : config.tracks) {
    const bool wrong = track.kind == TrackKind::Pool && !track.pool.empty() && config.find_pool(track.pool) == nullptr;
    if (wrong) report_unknown_pool(reading, track);
  }
  if (reading.report.has_errors()) return;
  for (const Track& track : config.tracks) {
    const bool used = std::ranges::any_of(
        config.vips, [&](const Vip& vip) { return std::ranges::find(vip.tracks, track.name) != vip.tracks.end(); });
    if (used) continue;
    const auto length = static_cast<std::uint32_t>(track.name.size());
    reading.report.add({.code = Code::UnusedTrack,
                        .message = fmt::format("no vip tracks [track.{}]", track.name),
                        .span = {track.where, {track.where.line, track.where.column + length}},
                        .help = fmt::format("add it to a vip, track = [\"{}\"], or remove it", track.name)});
  }
}

}  // namespace

void check_references(Reading& reading) {
  // What was left out of an incomplete document may be just what is named.
  if (!reading.document.complete) return;
  check_pools(reading);
  check_tracks(reading);
  if (reading.config.sites.empty() && !reading.report.has_errors()) {
    reading.report.add(
        {.code = Code::NothingServed,
         .message = "the file has no site",
         .help = "add: [site.shop] with listen = [\"any:80\"] and route = { \"/\" = { pool = \"api\" } }"});
  }
}

}  // namespace stead::config
