#include "keeper/poll_set.h"

#include <algorithm>
#include <ctime>

namespace stead::keeper {

void PollSet::clear() {
  fds_.clear();
  owners_.clear();
}

void PollSet::add(int fd, short events, Source source, std::uint32_t id) {
  fds_.push_back({.fd = fd, .events = events, .revents = 0});
  owners_.push_back({.source = source, .id = id, .events = 0});
}

std::span<const Ready> PollSet::wait(Instant now, Instant deadline) {
  const Duration left = std::max(deadline - now, Duration{0});
  const timespec timeout{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count(),
                         .tv_nsec = (left % std::chrono::seconds(1)).count()};
  ready_.clear();
  if (ppoll(fds_.data(), fds_.size(), &timeout, nullptr) <= 0) return ready_;
  for (std::size_t i = 0; i < fds_.size(); ++i) {
    if (fds_[i].revents == 0) continue;
    ready_.push_back(owners_[i]);
    ready_.back().events = fds_[i].revents;
  }
  return ready_;
}

}  // namespace stead::keeper
