// Makes listening sockets, and says in words for the operator why one could not be made.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::net {

// How many connections may wait to be accepted: enough for the second or so that a new worker may take under load. The
// kernel lowers it to net.core.somaxconn.
inline constexpr int kBacklog = 4096;

// Whether the machine must have an address now; it need not for one that moves between machines.
enum class Presence : std::uint8_t { Now, Sometimes };

// Listens on a TCP port, without blocking on accept. `address` is a canonical IPv4 or IPv6 address; "::" takes IPv4
// clients too, and becomes 0.0.0.0 on a machine without IPv6. Port 0: the kernel chooses.
[[nodiscard]] Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port,
                                          Presence presence = Presence::Now);

enum class UnixKind : std::uint8_t { Stream, Packets };

// Listens on a Unix socket, replacing what a predecessor left at `path`: the caller must hold a lock that makes it the
// only one who may. Never blocks on accept.
[[nodiscard]] Result<UniqueFd> listen_unix(const std::string& path, UnixKind kind, mode_t mode);

// "127.0.0.1:8080" or "[::]:80": where a socket really listens. Empty for anything else.
[[nodiscard]] std::string local_address(int fd);
[[nodiscard]] std::uint16_t local_port(int fd);

}  // namespace stead::net
