// The address of a Unix socket, from its path. Paths have a hard limit of 107 bytes, which long run dirs run into: said
// in words here, once.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stead::net {

class UnixAddress {
 public:
  // A leading '@' stands for the abstract namespace, as in NOTIFY_SOCKET.
  [[nodiscard]] static Result<UnixAddress> of(std::string_view path) {
    UnixAddress address;
    if (path.empty() || path.size() >= sizeof address.value_.sun_path) {
      return failure("the socket's path has " + std::to_string(path.size()) + " bytes, and the system takes at most " +
                     std::to_string(sizeof address.value_.sun_path - 1) +
                     ": choose a shorter --run-dir: " + std::string(path));
    }
    address.value_.sun_family = AF_UNIX;
    std::memcpy(address.value_.sun_path, path.data(), path.size());
    const bool abstract = path.front() == '@';
    if (abstract) address.value_.sun_path[0] = '\0';
    // An abstract name is as long as it says; a path ends with a zero byte.
    address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
    return address;
  }

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&value_); }
  [[nodiscard]] socklen_t size() const { return size_; }

 private:
  sockaddr_un value_{};
  socklen_t size_ = 0;
};

}  // namespace stead::net
