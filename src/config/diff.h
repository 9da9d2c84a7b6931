// What changes between two configurations, as a value: starting is a change from nothing, a reload is a change from the
// last. Whoever acts on it touches only what is named here.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"

namespace stead::config {

struct PoolChange {
  std::string pool;
  std::vector<std::string> members_added;  // by name, as written
  std::vector<std::string> members_removed;
  std::vector<std::string> members_changed;  // weight, backup, limit, or address
  bool settings_changed = false;             // balance, check, timers, limits
};

struct Difference {
  // A listener is the same as long as its endpoint and its node are: what it is called does not matter to who is
  // connected.
  std::vector<Listener> listeners_added;
  std::vector<Listener> listeners_removed;
  std::vector<Listener> listeners_kept;  // as the new configuration has them
  std::vector<std::string> vips_added;
  std::vector<std::string> vips_removed;
  std::vector<std::string> vips_changed;
  std::vector<std::string> tracks_added;
  std::vector<std::string> tracks_removed;
  std::vector<std::string> tracks_changed;
  std::vector<std::string> pools_added;
  std::vector<std::string> pools_removed;
  std::vector<PoolChange> pools_changed;  // those in both that differ
  std::vector<std::string> sites_added;
  std::vector<std::string> sites_removed;
  std::vector<std::string> sites_changed;
  bool settings_changed = false;  // [timeouts], [log], [admin], name, and what of [worker] can change in place
  // The number of loops or the user changed, which a running worker cannot take over.
  bool needs_new_worker = false;

  [[nodiscard]] bool empty() const;
};

// Whether both look at the same thing in the same way: then what one has found out is true of the other.
[[nodiscard]] bool same_track(const Track& one, const Track& other);

[[nodiscard]] Difference diff(const Config& before, const Config& after);

// One line for each change, "listener any:80 added", for the log and for `stead reload`.
[[nodiscard]] std::vector<std::string> in_words(const Difference& difference);

}  // namespace stead::config
