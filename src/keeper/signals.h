// The signals that mean something to the keeper, as descriptors are read: blocked, and taken from a signalfd between
// two other events rather than in the middle of one.
#pragma once

#include <optional>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::keeper {

class Signals {
 public:
  // Blocks SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 for this thread, and ignores SIGPIPE: a log that
  // nobody reads must not end the service. Children start with nothing blocked (net/spawn.h).
  [[nodiscard]] static Result<Signals> open();

  // The next signal that has arrived; several of one kind count as one.
  [[nodiscard]] std::optional<int> next();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Signals(net::UniqueFd fd) : fd_(std::move(fd)) {}

  net::UniqueFd fd_;
};

}  // namespace stead::keeper
