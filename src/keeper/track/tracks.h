// What the vips of this node depend on ([track.NAME]), looked at again and again: the shell around core/track. Says in
// the log what turns bad or good, and what that does to whom; tells what each vip is worth.
//
// On the keeper's own loop, which may be late: it reads files and asks name servers. That is noticed (handle_turn), and
// what was being looked at meanwhile does not count.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "config/model.h"
#include "core/track/track.h"
#include "core/track/worth.h"
#include "keeper/poll_set.h"
#include "keeper/track/probe.h"
#include "net/interfaces.h"
#include "net/spawn.h"

namespace stead::keeper::track {

// One track of a vip, for people.
struct TrackState {
  std::string name;
  bool good = true;
  std::string why;  // it is bad; empty: it is good
  std::optional<Instant> since;
  std::uint32_t weight = 0;
  std::uint64_t unknowns = 0;
};

class Tracks {
 public:
  using PoolServes = std::function<std::optional<bool>(const std::string& pool)>;
  Tracks(Logger& log, PoolServes pool_serves);
  Tracks(const Tracks&) = delete;
  Tracks& operator=(const Tracks&) = delete;

  // Looks at what the node's vips name, and at nothing else. What was looked at already, in the same way, goes on.
  void apply(Instant now, const config::Config& config, const std::string& node);
  // After apply(): what this process knew before it became another binary.
  void handle_earlier(Instant now, const std::vector<std::string>& bad);

  // At every turn of the loop, in this order; handle_tick() also after apply(), so that what is known at once is known.
  void handle_turn(Instant now);
  void handle_readable(Instant now, std::uint32_t id);
  // False: it was none of ours.
  bool handle_exit(Instant now, const net::Exit& exit);
  void handle_tick(Instant now);
  void list(PollSet& set) const;
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  // No command runs on, for a process that becomes another binary: it would not know whose children they are.
  void end_commands();

  [[nodiscard]] core::track::Worth worth_of(std::string_view vip) const;
  // "uplink is bad: no answer from 10.0.0.1 for 3 s": of the tracks that are bad and have no weight.
  [[nodiscard]] std::string why_out(std::string_view vip) const;
  [[nodiscard]] std::vector<TrackState> states_of(std::string_view vip) const;
  [[nodiscard]] std::vector<std::string> bad() const;
  // In Prometheus's text format; empty without tracks.
  [[nodiscard]] std::string render_metrics() const;

 private:
  struct Entry {
    std::uint32_t id = 0;
    config::Track config;
    core::track::Track track;
    std::unique_ptr<Probe> probe;
    std::string seen = {};       // what was bad, or unknown, at the last look
    std::string why = {};        // it is bad
    std::string complaint = {};  // has been said, and still holds
    std::uint64_t unknowns = 0;  // that were complained of, or need not be
    std::uint64_t turns = 0;     // between good and bad
  };

  [[nodiscard]] Entry* find(std::uint32_t id);
  [[nodiscard]] const Entry* find(std::string_view name) const;
  [[nodiscard]] const config::Vip* find_vip(std::string_view name) const;
  [[nodiscard]] std::unique_ptr<Entry> make_entry(Instant now, const config::Track& track);
  [[nodiscard]] std::string effect_of(const config::Track& track) const;

  void settle(Instant now, Entry& entry, const Found& found);
  void perform(Instant now, Entry& entry);
  void perform(Instant now, Entry& entry, const core::track::StartLook&);
  void perform(Instant now, Entry& entry, const core::track::AbandonLook&);
  void perform(Instant now, Entry& entry, const core::track::Turned& turned);
  void complain(Entry& entry, const Found& found);

  Logger& log_;
  std::optional<net::Interfaces> interfaces_;  // opened when it is needed
  Surroundings surroundings_;
  std::string node_;
  std::vector<config::Vip> vips_;  // of this node
  std::vector<std::unique_ptr<Entry>> entries_;
  std::uint32_t next_id_ = 1;
};

}  // namespace stead::keeper::track
