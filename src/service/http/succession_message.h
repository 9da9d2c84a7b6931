// One client connection on its way from a worker that is handing over to its successor: a SOCK_SEQPACKET packet with
// the connection's socket, and what is known of it. Both ends are Stead of perhaps different versions on one machine,
// so the layout says which it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/unique_fd.h"
#include "service/http/ledger.h"

namespace stead::service::http {

//   [ConnectionMessage][bytes received and not yet answered, at most kPageBytes]  + 1 descriptor
struct ConnectionMessage {
  static constexpr std::uint32_t kLayout = 0x53434e31;
  std::uint32_t layout = kLayout;
  std::uint32_t listener = 0;
  PeerAddress peer;
};

// Never waits. False: not sent now (the socket's queue is full), or never (the other end is gone).
[[nodiscard]] bool send_connection(int socket, int connection, const ConnectionMessage& message,
                                   std::string_view bytes);

struct ReceivedConnection {
  enum class Kind : std::uint8_t { Connection, Nothing, Closed, Unknown };
  Kind kind = Kind::Nothing;
  ConnectionMessage message;
  net::UniqueFd fd;
  std::string bytes;
};

// Never waits. Unknown: a packet that isn't one of these; its descriptor, if any, was closed.
[[nodiscard]] ReceivedConnection receive_connection(int socket);

}  // namespace stead::service::http
