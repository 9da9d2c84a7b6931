// How one looks at what a track is about: one look at a time, which is begun, and says what it has found at once or
// later. When to look, and what follows from it, is core/track/track.h.
//
// Nothing here waits. Belongs to the keeper's loop: what starts processes must not be the thread that speaks VRRP.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/model.h"
#include "core/track/track.h"
#include "net/interfaces.h"
#include "net/spawn.h"

namespace stead::keeper::track {

struct Found {
  core::track::Finding finding = core::track::Finding::Good;
  std::string why = {};  // Bad, Unknown: "it exited with 1"
  // Unknown: it will be so until somebody does something about it.
  bool hopeless = false;
};

class Probe {
 public:
  Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  virtual ~Probe() = default;

  // nullopt: it will be found out.
  [[nodiscard]] virtual std::optional<Found> start() = 0;
  // To be read from while a look is under way; -1: nothing.
  [[nodiscard]] virtual int fd() const { return -1; }
  [[nodiscard]] virtual std::optional<Found> handle_readable() { return std::nullopt; }
  // Whether this was its child, which has ended: it is no longer running().
  [[nodiscard]] virtual bool handle_exit(const net::Exit&) { return false; }
  // Of the child that has just ended.
  [[nodiscard]] virtual Found verdict() const { return {}; }
  // Lets go of the look: a child is killed.
  virtual void abandon() {}
  // Whether there is still a child.
  [[nodiscard]] virtual bool running() const { return false; }
  // Why nothing was found in time: "no answer from 10.0.0.1".
  [[nodiscard]] virtual std::string silence() const { return {}; }
};

// What probes need of the rest of the keeper.
struct Surroundings {
  // Whether a member of the pool can serve, as the worker says; nullopt: it has not said.
  std::function<std::optional<bool>(const std::string& pool)> pool_serves;
  std::function<Result<net::Interface>(const std::string& name)> find_interface;
};

[[nodiscard]] std::unique_ptr<Probe> make_probe(const config::Track& track, const Surroundings& surroundings);

// Of core/track, for this kind.
[[nodiscard]] core::track::TrackRules rules_of(const config::Track& track);

// By make_probe() only.
[[nodiscard]] std::unique_ptr<Probe> make_command_probe(const config::Track& track);
[[nodiscard]] std::unique_ptr<Probe> make_gateway_probe(const config::Track& track);

}  // namespace stead::keeper::track
