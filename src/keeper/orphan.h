// What happens when the keeper dies and its worker does not: the worker goes on serving, an orphan, until a new keeper
// with the same run dir comes for it.
//
// The worker was born with a listening socket, orphan.sock in the run dir, to which it pays no attention while its
// keeper lives. When the keeper's end of its channel closes, it begins to accept there:
//
//   new keeper                                  orphan
//     │ ── connects; Adopt ────────────────────► │
//     │ ◄── Orphan, with the listening sockets ── │
//     │ ◄══ from here on, this connection is the worker's channel to its keeper (protocol.h) ══►
//
// Nothing is lost if the new keeper fails at this point: its end closes, and the worker is an orphan again. Otherwise
// it starts a worker of its own on the same sockets, and sends HandOver.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "keeper/protocol.h"
#include "net/message_socket.h"

namespace stead::keeper {

struct Adopt {
  std::string version;
  std::int32_t pid = 0;
};

struct Orphan {
  std::string version;
  std::int32_t pid = 0;
  std::uint64_t generation = 0;
  std::vector<ListenerSocket> listeners;
};

[[nodiscard]] Result<net::Packet> encode(const Adopt& message);
[[nodiscard]] Result<net::Packet> encode(const Orphan& message);
[[nodiscard]] Result<Adopt> decode_adopt(const net::Packet& packet);
[[nodiscard]] Result<Orphan> decode_orphan(const net::Packet& packet);

// The worker's side, once its channel is closed: call when `orphan_socket` (Start::orphan) is readable. nullopt:
// whoever it was went away again, or was not a keeper; wait on. Otherwise the new channel.
[[nodiscard]] std::optional<net::MessageSocket> accept_keeper(int orphan_socket, const Orphan& self);

struct AdoptedOrphan {
  Orphan orphan;
  net::MessageSocket channel;
};

// The keeper's side. nullopt: nobody answers at `path`, as after every orderly stop. Waits for up to two seconds: the
// orphan may be busy. An error: there is one, but it does not answer, so its sockets cannot be had.
[[nodiscard]] Result<std::optional<AdoptedOrphan>> adopt_orphan(const std::string& path, const Adopt& self);

}  // namespace stead::keeper
