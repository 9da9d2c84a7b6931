// Messages with descriptors between two processes of Stead: a Unix SOCK_SEQPACKET socket, which keeps the borders of
// messages, says when the other end is gone, and carries open files (SCM_RIGHTS).
//
//   one packet = [text, at most kMaxText bytes] + [0 … kMaxFds descriptors]
//
// Nothing here waits, whether or not the descriptor is in blocking mode: poll fd() and call receive() until it has
// Nothing. What the text means is not known here (keeper/protocol.h). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::net {

struct Packet {
  std::string text;
  std::vector<SharedFd> fds;
};

struct Received {
  enum class Kind : std::uint8_t { Packet, Nothing, Closed };
  Kind kind = Kind::Nothing;
  Packet packet;
};

class MessageSocket {
 public:
  static constexpr std::size_t kMaxText = std::size_t{128} * 1024;  // fits the default send buffer of any Linux
  static constexpr std::size_t kMaxFds = 250;                       // the kernel refuses more than 253

  // Two ends of one connection, both close-on-exec.
  [[nodiscard]] static Result<std::pair<MessageSocket, MessageSocket>> pair();
  // Listens on a path (net/listen.h made the socket) or connects to it.
  [[nodiscard]] static Result<MessageSocket> connect(std::string_view path);

  MessageSocket() = default;
  explicit MessageSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // The descriptors stay with the caller, who may close them as soon as this returns. Fails with EAGAIN where the other
  // end has let its queue fill up, and with EPIPE when it is gone.
  [[nodiscard]] Result<> send(const Packet& packet);
  // Takes ownership of the descriptors received; they are close-on-exec. A packet that is too large is an error, and
  // lost.
  [[nodiscard]] Result<Received> receive();

  [[nodiscard]] int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  [[nodiscard]] UniqueFd take() { return std::move(fd_); }

 private:
  UniqueFd fd_;
};

}  // namespace stead::net
