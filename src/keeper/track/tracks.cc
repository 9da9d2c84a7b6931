#include "keeper/track/tracks.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "config/diff.h"

namespace stead::keeper::track {
namespace {

using core::track::AbandonLook;
using core::track::Finding;
using core::track::StartLook;
using core::track::Turned;
using core::track::Worth;

constexpr std::string_view kLate = "this machine was late itself";

std::string addresses_of(const config::Vip& vip) {
  std::string text;
  for (std::size_t i = 0; i < vip.addresses.size(); ++i) {
    if (i > 0) text += i + 1 == vip.addresses.size() ? " and " : ", ";
    text += vip.addresses[i].address;
  }
  return text;
}

bool tracks(const config::Vip& vip, std::string_view track) {
  return std::ranges::find(vip.tracks, track) != vip.tracks.end();
}

std::string whole(Duration duration) {
  return duration < 1s ? fmt::format("{} ms", to_ms(duration)) : fmt::format("{} s", to_ms(duration) / 1000);
}

// How long, or how often, for as long as it took to be believed.
std::string in_full(const config::Track& track, const std::string& seen, Duration lasted) {
  switch (track.kind) {
    case config::TrackKind::File:
      return seen;
    case config::TrackKind::Command:
      return track.fall == 1 ? seen : fmt::format("{}, {} times in a row", seen, track.fall);
    case config::TrackKind::Gateway:
    case config::TrackKind::Pool:
    case config::TrackKind::Interface:
      break;
  }
  return lasted == Duration{} ? seen : fmt::format("{} for {}", seen, whole(lasted));
}

}  // namespace

Tracks::Tracks(Logger& log, PoolServes pool_serves) : log_(log) {
  surroundings_.pool_serves = std::move(pool_serves);
  surroundings_.find_interface = [this](const std::string& name) -> Result<net::Interface> {
    if (!interfaces_) {
      Result<net::Interfaces> opened = net::Interfaces::open();
      if (!opened) return std::unexpected(std::move(opened.error()));
      interfaces_ = std::move(*opened);
    }
    interfaces_->drain();  // news that nobody waits for here
    return interfaces_->find(name);
  };
}

// --- which -----------------------------------------------------------------------------------------------------------

void Tracks::apply(Instant now, const config::Config& config, const std::string& node) {
  node_ = node;
  vips_.clear();
  std::ranges::copy_if(config.vips, std::back_inserter(vips_),
                       [&](const config::Vip& vip) { return vip.has_node(node); });
  std::vector<std::unique_ptr<Entry>> before = std::exchange(entries_, {});
  for (const config::Track& track : config.tracks) {
    if (std::ranges::none_of(vips_, [&](const config::Vip& vip) { return tracks(vip, track.name); })) continue;
    const auto same = std::ranges::find_if(before, [&](const std::unique_ptr<Entry>& entry) {
      return entry != nullptr && config::same_track(entry->config, track);
    });
    entries_.push_back(same == before.end() ? make_entry(now, track) : std::move(*same));
  }
}

std::unique_ptr<Tracks::Entry> Tracks::make_entry(Instant now, const config::Track& track) {
  auto entry = std::make_unique<Entry>(Entry{.id = next_id_++,
                                             .config = track,
                                             .track = core::track::Track(rules_of(track)),
                                             .probe = make_probe(track, surroundings_)});
  entry->track.handle_start(now);
  return entry;
}

void Tracks::handle_earlier(Instant now, const std::vector<std::string>& bad) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (std::ranges::find(bad, entry->config.name) == bad.end()) continue;
    entry->track.handle_earlier(now, false);
    entry->why = "it was before the upgrade";
  }
}

Tracks::Entry* Tracks::find(std::uint32_t id) {
  const auto found = std::ranges::find_if(entries_, [&](const auto& entry) { return entry->id == id; });
  return found == entries_.end() ? nullptr : found->get();
}

const Tracks::Entry* Tracks::find(std::string_view name) const {
  const auto found = std::ranges::find_if(entries_, [&](const auto& entry) { return entry->config.name == name; });
  return found == entries_.end() ? nullptr : found->get();
}

const config::Vip* Tracks::find_vip(std::string_view name) const {
  const auto found = std::ranges::find(vips_, name, &config::Vip::name);
  return found == vips_.end() ? nullptr : &*found;
}

// --- when ------------------------------------------------------------------------------------------------------------

void Tracks::handle_turn(Instant now) {
  for (const std::unique_ptr<Entry>& entry : entries_) entry->track.handle_turn(now);
}

void Tracks::handle_readable(Instant now, std::uint32_t id) {
  Entry* entry = find(id);
  if (entry == nullptr) return;
  if (const std::optional<Found> found = entry->probe->handle_readable()) settle(now, *entry, *found);
  perform(now, *entry);
}

bool Tracks::handle_exit(Instant now, const net::Exit& exit) {
  const auto found = std::ranges::find_if(entries_, [&](const auto& entry) { return entry->probe->handle_exit(exit); });
  if (found == entries_.end()) return false;
  Entry& entry = **found;
  settle(now, entry, entry.probe->verdict());
  entry.track.handle_ended(now);
  perform(now, entry);
  return true;
}

void Tracks::handle_tick(Instant now) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    // Twice at most: the end of one look, and the beginning of the next.
    for (int i = 0; i < 2; ++i) {
      entry->track.handle_timeout(now);
      perform(now, *entry);
    }
  }
}

void Tracks::list(PollSet& set) const {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (const int fd = entry->probe->fd(); fd >= 0) set.add(fd, POLLIN, Source::Track, entry->id);
  }
}

std::optional<Instant> Tracks::next_timeout() const {
  std::optional<Instant> next;
  for (const std::unique_ptr<Entry>& entry : entries_) {
    const std::optional<Instant> due = entry->track.next_timeout();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Tracks::end_commands() {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (entry->probe->running()) entry->probe->abandon();
  }
}

// --- a look ----------------------------------------------------------------------------------------------------------

void Tracks::perform(Instant now, Entry& entry) {
  while (const std::optional<core::track::Action> action = entry.track.poll_action()) {
    std::visit([&](const auto& one) { perform(now, entry, one); }, *action);
  }
}

void Tracks::perform(Instant now, Entry& entry, const StartLook&) {
  if (const std::optional<Found> found = entry.probe->start()) settle(now, entry, *found);
}

void Tracks::perform(Instant now, Entry& entry, const AbandonLook&) {
  entry.seen = entry.probe->silence();
  const bool bad = entry.config.kind == config::TrackKind::Gateway;  // unless we were too late to hear it
  complain(entry, {.finding = Finding::Unknown, .why = bad ? std::string(kLate) : entry.seen});
  entry.probe->abandon();
  if (!entry.probe->running()) entry.track.handle_ended(now);
}

void Tracks::settle(Instant now, Entry& entry, const Found& found) {
  if (!entry.track.looking()) return;
  if (!found.why.empty()) entry.seen = found.why;
  entry.track.handle_finding(now, found.finding);
  complain(entry, found.finding == Finding::Unknown ? found : Found{Finding::Unknown, std::string(kLate)});
}

// Says what keeps a look from telling anything: at once where nothing but a person will change that, else when it has
// gone on for as long as bad news would need. Once, until something is known again. Whether a worker has said something
// of a pool is no business of anybody's: that there is none is said elsewhere.
void Tracks::complain(Entry& entry, const Found& found) {
  const std::uint64_t before = std::exchange(entry.unknowns, entry.track.unknowns());
  if (entry.track.unknowns() == before) {
    if (entry.track.unknowns_in_a_row() == 0) entry.complaint.clear();
    return;
  }
  const bool long_enough = found.hopeless || entry.track.unknowns_in_a_row() >= entry.config.fall;
  if (!long_enough || entry.complaint == found.why || entry.config.kind == config::TrackKind::Pool) return;
  const bool first = entry.complaint.empty();
  entry.complaint = found.why;
  if (!found.hopeless && !first) return;  // it changes between reasons
  log_.write(found.hopeless ? LogLevel::Error : LogLevel::Warn,
             fmt::format("{}: nothing is known of {}, which counts as {} meanwhile: {}", node_, entry.config.name,
                         entry.track.good() ? "good" : "bad", found.why));
}

void Tracks::perform(Instant now, Entry& entry, const Turned& turned) {
  ++entry.turns;
  if (turned.good) {
    log_.info("{}: {} is good again; it was bad: {}", node_, entry.config.name, std::exchange(entry.why, {}));
    return;
  }
  entry.why = in_full(entry.config, entry.seen, now - turned.first);
  log_.warn("{}: {} is bad: {}; {}", node_, entry.config.name, entry.why, effect_of(entry.config));
}

std::string Tracks::effect_of(const config::Track& track) const {
  std::string text;
  for (const config::Vip& vip : vips_) {
    if (!tracks(vip, track.name)) continue;
    if (!text.empty()) text += ", ";
    text += track.weight == 0 ? fmt::format("gives {} up", addresses_of(vip))
                              : fmt::format("lowers its priority for {} by {}", addresses_of(vip), track.weight);
  }
  return text;
}

// --- what follows ----------------------------------------------------------------------------------------------------

Worth Tracks::worth_of(std::string_view vip) const {
  Worth worth;
  const config::Vip* found = find_vip(vip);
  if (found == nullptr) return worth;
  for (const std::string& name : found->tracks) {
    const Entry* entry = find(name);
    if (entry == nullptr || entry->track.good()) continue;
    worth.lowered_by += entry->config.weight;
    worth.out = worth.out || entry->config.weight == 0;
  }
  return worth;
}

std::string Tracks::why_out(std::string_view vip) const {
  std::string text;
  for (const TrackState& state : states_of(vip)) {
    if (state.good || state.weight > 0) continue;
    text += fmt::format("{}{} is bad: {}", text.empty() ? "" : "; ", state.name, state.why);
  }
  return text;
}

std::vector<TrackState> Tracks::states_of(std::string_view vip) const {
  std::vector<TrackState> states;
  const config::Vip* found = find_vip(vip);
  if (found == nullptr) return states;
  for (const std::string& name : found->tracks) {
    const Entry* entry = find(name);
    if (entry == nullptr) continue;
    states.push_back({.name = name,
                      .good = entry->track.good(),
                      .why = entry->track.good() ? std::string() : entry->why,
                      .since = entry->track.since(),
                      .weight = entry->config.weight,
                      .unknowns = entry->track.unknowns()});
  }
  return states;
}

std::vector<std::string> Tracks::bad() const {
  std::vector<std::string> names;
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (!entry->track.good()) names.push_back(entry->config.name);
  }
  return names;
}

std::string Tracks::render_metrics() const {
  if (entries_.empty()) return {};
  std::string text;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    for (const std::unique_ptr<Entry>& entry : entries_) {
      text += fmt::format("{}{{track=\"{}\"}} {}\n", name, entry->config.name, value(*entry));
    }
  };
  family("stead_track_good", "gauge", "1 if what a vip depends on is good, or not known to be bad.",
         [](const Entry& entry) { return entry.track.good() ? 1 : 0; });
  family("stead_track_changes_total", "counter", "Changes between good and bad.",
         [](const Entry& entry) { return entry.turns; });
  family("stead_track_unknown_total", "counter",
         "Looks that said nothing: not ended in time, not started, or we were late.",
         [](const Entry& entry) { return entry.track.unknowns(); });
  return text;
}

}  // namespace stead::keeper::track
