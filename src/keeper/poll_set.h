// What the keeper waits for, listed anew before each wait: with a dozen descriptors that costs nothing, and there is no
// registration that could be forgotten or outlive its owner. Allocates nothing once it has grown to its size.
#pragma once

#include <poll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace stead::keeper {

enum class Source : std::uint8_t { Signals, Control, ControlClient, WorkerChannel, WorkerExit, Vips, Track };

// Who a descriptor belongs to; `id` tells those of one source apart. An id is never used again, so one that refers to
// what was removed in the same round finds nothing.
struct Ready {
  Source source = Source::Signals;
  std::uint32_t id = 0;
  short events = 0;  // as poll() has them
};

class PollSet {
 public:
  void clear();
  void add(int fd, short events, Source source, std::uint32_t id = 0);
  // Returns at `deadline` at the latest. The span is valid until the next wait.
  [[nodiscard]] std::span<const Ready> wait(Instant now, Instant deadline);

 private:
  std::vector<pollfd> fds_;
  std::vector<Ready> owners_;
  std::vector<Ready> ready_;
};

}  // namespace stead::keeper
