// Those that know at once: a file, an interface, a pool.
#include "keeper/track/probe.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace stead::keeper::track {
namespace {

using core::track::Finding;

class FileProbe : public Probe {
 public:
  explicit FileProbe(std::string path) : path_(std::move(path)) {}

  // A link that leads nowhere is a file, too: somebody has put it there.
  std::optional<Found> start() override {
    struct stat status {};
    if (lstat(path_.c_str(), &status) == 0) return Found{.finding = Finding::Bad, .why = path_ + " exists"};
    if (errno == ENOENT || errno == ENOTDIR) return Found{.finding = Finding::Good};
    return Found{.finding = Finding::Unknown, .why = path_ + ": " + std::strerror(errno), .hopeless = errno == EACCES};
  }

 private:
  std::string path_;
};

class InterfaceProbe : public Probe {
 public:
  InterfaceProbe(std::string name, const Surroundings& surroundings)
      : name_(std::move(name)), surroundings_(surroundings) {}

  std::optional<Found> start() override {
    const Result<net::Interface> found = surroundings_.find_interface(name_);
    if (!found && found.error().code == ENODEV) {
      return Found{.finding = Finding::Bad, .why = "there is no interface " + name_};
    }
    if (!found) return Found{.finding = Finding::Unknown, .why = found.error().message};
    if (!found->up) return Found{.finding = Finding::Bad, .why = name_ + " is down"};
    if (!found->carrier) return Found{.finding = Finding::Bad, .why = name_ + " has no carrier"};
    return Found{.finding = Finding::Good};
  }

 private:
  std::string name_;
  const Surroundings& surroundings_;
};

class PoolProbe : public Probe {
 public:
  PoolProbe(std::string pool, const Surroundings& surroundings) : pool_(std::move(pool)), surroundings_(surroundings) {}

  std::optional<Found> start() override {
    const std::optional<bool> serves = surroundings_.pool_serves(pool_);
    if (!serves) return Found{.finding = Finding::Unknown, .why = "the worker has not said"};
    if (*serves) return Found{.finding = Finding::Good};
    return Found{.finding = Finding::Bad, .why = "no member of pool " + pool_ + " can serve"};
  }

 private:
  std::string pool_;
  const Surroundings& surroundings_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(const config::Track& track, const Surroundings& surroundings) {
  switch (track.kind) {
    case config::TrackKind::Gateway:
      return make_gateway_probe(track);
    case config::TrackKind::Command:
      return make_command_probe(track);
    case config::TrackKind::File:
      return std::make_unique<FileProbe>(track.file);
    case config::TrackKind::Interface:
      return std::make_unique<InterfaceProbe>(track.interface, surroundings);
    case config::TrackKind::Pool:
      break;
  }
  return std::make_unique<PoolProbe>(track.pool, surroundings);
}

core::track::TrackRules rules_of(const config::Track& track) {
  // What a command that does not end means, nobody knows. A gateway that does not answer is what this is about; where
  // we were too late to hear it, Track knows that.
  return {.every = track.every,
          .timeout = track.timeout,
          .fall = track.fall,
          .rise = track.rise,
          .silence = track.kind == config::TrackKind::Gateway ? Finding::Bad : Finding::Unknown,
          .known_at_once = track.kind == config::TrackKind::File};
}

}  // namespace stead::keeper::track
