// What a successor says to the holder of a dead worker: "give me these descriptors". SOCK_SEQPACKET, one packet each
// way, fixed size, both ends on one machine.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>

namespace stead::service::http {

// The kernel passes at most 253 descriptors at once.
inline constexpr std::uint32_t kHolderBatch = 250;

struct HolderRequest {
  std::uint32_t count = 0;
  std::array<std::int32_t, kHolderBatch> fds{};  // numbers in the dead worker's table
};

// With it travel `count` descriptors: those of the request that are sockets, in the request's order.
struct HolderReply {
  std::uint32_t count = 0;
  std::array<std::int32_t, kHolderBatch> fds{};  // which numbers they had
};

[[nodiscard]] inline bool is_socket(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

}  // namespace stead::service::http
