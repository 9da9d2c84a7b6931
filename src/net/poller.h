// epoll, thinly: one set of descriptors and one wait, for one thread. Edge-triggered, so that a descriptor is
// registered once and never modified: whoever gets an event reads or writes until the kernel says that there is no
// more.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::net {

class Poller {
 public:
  // What every connection is registered for: both directions and the peer's shutdown, edge-triggered.
  static constexpr std::uint32_t kConnection = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  // A listening socket shared by several loops: one of them wakes for each connection. Level-triggered, so that a loop
  // may stop accepting in the middle of a burst.
  static constexpr std::uint32_t kListener = EPOLLIN | EPOLLEXCLUSIVE;

  [[nodiscard]] static Result<Poller> create();

  // `owner` comes back in the event's data.ptr.
  [[nodiscard]] Result<> add(int fd, std::uint32_t events, void* owner);
  // Only where the descriptor's file lives on elsewhere (a listener that the keeper holds too): closing the last
  // descriptor of a file removes it by itself.
  void remove(int fd);
  // Waits up to `timeout_ms` (-1: without end). The span is valid until the next wait.
  [[nodiscard]] std::span<const epoll_event> wait(int timeout_ms);

 private:
  explicit Poller(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace stead::net
