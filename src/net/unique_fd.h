// File descriptors with an owner. UniqueFd closes when it goes; SharedFd where a descriptor is held by a table and
// named in messages at the same time. Neither knows what the descriptor is; nothing here opens one.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace stead::net {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  // Errors of close() are not looked at: the descriptor is gone in any case, and whoever wrote has checked the writing.
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// Never holds an empty UniqueFd: no descriptor is a null pointer.
using SharedFd = std::shared_ptr<const UniqueFd>;

[[nodiscard]] inline SharedFd share(UniqueFd fd) {
  return fd ? std::make_shared<const UniqueFd>(std::move(fd)) : nullptr;
}

// A second descriptor of the same open file; empty where `fd` is none, or this process may not open more.
[[nodiscard]] inline UniqueFd duplicate(int fd) { return UniqueFd(fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

// -1 for none.
[[nodiscard]] inline int raw(const SharedFd& fd) { return fd ? fd->get() : -1; }

}  // namespace stead::net
