#include "net/poller.h"

namespace stead::net {

Result<Poller> Poller::create() {
  UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd) return failure_errno("create an epoll set");
  return Poller(std::move(fd));
}

Result<> Poller::add(int fd, std::uint32_t events, void* owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = owner;
  if (epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return failure_errno("watch a socket");
  return {};
}

void Poller::remove(int fd) { epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const epoll_event> Poller::wait(int timeout_ms) {
  const int count = epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  return {events_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace stead::net
