// [track.NAME]: exactly one thing to look at, and how.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ip_address.h"
#include "config/quantity.h"
#include "config/read_command.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::array<std::pair<std::string_view, TrackKind>, 5> kKinds = {{{"gateway", TrackKind::Gateway},
                                                                           {"file", TrackKind::File},
                                                                           {"command", TrackKind::Command},
                                                                           {"pool", TrackKind::Pool},
                                                                           {"interface", TrackKind::Interface}}};
constexpr std::string_view kKindNames = "`gateway`, `file`, `command`, `pool` or `interface`";
// A pool that is bad is mostly bad for every node, which is no reason to have the address nowhere.
constexpr std::uint32_t kPoolWeight = 100;
// Of a look, in intervals: one that takes longer than a few of them cannot be counted in a row with others.
constexpr int kLongestTimeout = 10;
constexpr std::size_t kLongestInterfaceName = 15;

void report_bad(Reading& reading, const Span& span, std::string message, std::string help, std::string why = {}) {
  reading.report.add({.code = Code::BadTrack,
                      .message = std::move(message),
                      .span = span,
                      .why = std::move(why),
                      .help = std::move(help)});
}

// What it looks at; nullptr, and a report, unless there is exactly one.
const Entry* read_kind(Reading& reading, const Value& table, const Place& place, Track& track) {
  const Entry* found = nullptr;
  for (const Entry& entry : table.entries) {
    const auto kind = std::ranges::find(kKinds, entry.key, &std::pair<std::string_view, TrackKind>::first);
    if (kind == kKinds.end()) continue;
    if (found != nullptr) {
      reading.report.add({.code = Code::Exclusive,
                          .message = fmt::format("{} looks at `{}` and `{}`", place.name, found->key, entry.key),
                          .span = entry.key_span,
                          .related = {{found->key_span, "the other one"}},
                          .why = "each has its own state, so that you can be told which of them is bad",
                          .help = "make two of it, and name both in the vip's `track`"});
      return nullptr;
    }
    found = &entry;
    track.kind = kind->second;
  }
  if (found == nullptr && reading.document.complete) {
    reading.report.add({.code = Code::MissingKey,
                        .message = fmt::format("{} does not say what to look at", place.name),
                        .span = place.span,
                        .help = fmt::format("add one of {}", kKindNames)});
  }
  return found;
}

void check_gateway(Reading& reading, const Value& value, Track& track) {
  if (value.kind != Kind::Text) return;  // reported
  const std::optional<IpAddress> address = IpAddress::parse(value.text);
  const bool useful = address && !address->is_multicast() && *address != IpAddress{} && value.text != "::";
  if (!useful) {
    reading.report.add({.code = Code::BadAddress,
                        .message = fmt::format("\"{}\" is not the address of a gateway", value.text),
                        .span = value.span,
                        .why = "a name would make the track depend on name servers",
                        .help = "write an IPv4 or IPv6 address: gateway = \"10.0.0.1\""});
    return;
  }
  if (address->family() == Family::V6 && address->is_link_local()) {
    return report_bad(reading, value.span, "a link-local address cannot be a gateway here",
                      "write one of its other addresses", "the same address may exist on every network");
  }
  track.gateway = address->to_text();
}

void check_interface(Reading& reading, const Value& value) {
  if (value.kind != Kind::Text) return;
  const bool fits = !value.text.empty() && value.text.size() <= kLongestInterfaceName &&
                    value.text.find_first_of("/ ") == std::string::npos;
  if (fits) return;
  report_bad(reading, value.span, fmt::format("\"{}\" cannot be the name of a network interface", value.text),
             "`ip link` lists them: interface = \"eth1\"");
}

void check_kind(Reading& reading, const Value& value, Track& track) {
  switch (track.kind) {
    case TrackKind::Gateway:
      return check_gateway(reading, value, track);
    case TrackKind::File:
      return check_full_path(value, "file", Code::BadTrack, reading.report);
    case TrackKind::Command:
      track.command = read_command(*find_key("track.*", "command"), value, Code::BadTrack, reading.report);
      return;
    case TrackKind::Interface:
      return check_interface(reading, value);
    case TrackKind::Pool:
      break;  // see check_references.cc
  }
}

void settle_timeout(Reading& reading, const Value& table, Track& track) {
  const Duration longest = kLongestTimeout * track.every;
  if (track.timeout <= longest) return;
  const Entry* written = table.find("timeout");
  if (written == nullptr) {
    track.timeout = longest;
    return;
  }
  reading.report.add({.code = Code::TimersContradict,
                      .message = fmt::format("`timeout` ({}) is more than ten times `every` ({})",
                                             say_duration(track.timeout), say_duration(track.every)),
                      .span = written->value.span,
                      .why = "a track that is looked at so rarely is not looked at `every` so often",
                      .help = fmt::format("write at most \"{}\", or raise `every`", format_duration(longest))});
}

void read_track(Reading& reading, const Entry& entry, const Place& place) {
  Track track;
  track.name = entry.key;
  track.where = entry.key_span.begin;
  const Value& table = entry.value;
  read_section(table, place, reading.document.complete, track, reading.report);
  if (const Entry* what = read_kind(reading, table, place, track)) check_kind(reading, what->value, track);
  if (track.kind == TrackKind::Pool && table.find("weight") == nullptr) track.weight = kPoolWeight;
  settle_timeout(reading, table, track);
  reading.config.tracks.push_back(std::move(track));
}

}  // namespace

void read_tracks(Reading& reading) {
  for_each_named(reading, "track", "track.*",
                 [&](const Entry& entry, const Place& place) { read_track(reading, entry, place); });
}

}  // namespace stead::config
