// What keeper and worker say to each other, as types. One message is one packet of net/message_socket.h: a JSON object
// with its "type", and descriptors. Which descriptor is which is said by its place in the packet, and known only to
// protocol.cc; here each stands in the field where it is used.
//
//   keeper                                     worker
//     │ ── Start ──────────────────────────────► │  (its first message; the socket is the worker's fd 3)
//     │ ◄── Hello ─────────────────────────────── │  as soon as its holder and its ledger exist
//     │ ◄── Applied | Refused ─────────────────── │  it accepts and beats, or cannot
//     │ ── Inherit … ──────────────────────────► │  after Applied; once for each worker that it takes over from
//     │ ── Apply ──────────────────────────────► │  a reload; answered by Applied or Refused (the old plan stays)
//     │ ◄── State … ──────────────────────────── │  whenever it has changed, at most every second; before Drained too
//     │ ◄── IdlePools … ───────────────────────── │  with each Applied, whenever it changes, and to each new keeper
//     │ ── Metrics … ──────────────────────────► │  every second, where the keeper has some
//     │ ── Moved … ────────────────────────────► │  virtual addresses have gone to another node
//     │ ── Drain | HandOver ───────────────────► │  the worker's last order
//     │ ◄── Drained ───────────────────────────── │  then it exits with 0
//
// The two may be of different versions during an upgrade: unknown keys are ignored, missing ones are errors, and a key
// never changes its meaning. The keeper's end closing means that the keeper is gone: see keeper/orphan.h.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "net/message_socket.h"
#include "net/unique_fd.h"

namespace stead::keeper {

// The worker's end of the socket pair.
inline constexpr int kWorkerChannel = 3;

// Leaves room for the other descriptors of a message.
inline constexpr std::size_t kMaxListeners = 240;
// Of a configuration file: far beyond what people write, far below what would hurt.
inline constexpr std::size_t kMaxConfig = std::size_t{16} * 1024 * 1024;

// A bound, listening TCP socket. The id is the keeper's: the same for as long as the socket stays open, over reloads,
// workers and upgrades, and never used again for another.
struct ListenerSocket {
  std::uint32_t id = 0;
  std::string name;  // of config::Listener
  net::SharedFd socket;
};

// What to serve.
struct Assignment {
  std::uint64_t generation = 0;
  std::string file_name;  // for messages
  std::string node;       // this node's name; empty: the file names no nodes
  // All that are open, also those that the worker has already: then the socket is the same one.
  std::vector<ListenerSocket> listeners;
  net::SharedFd config;      // memfd with the text; the keeper found no error in it
  net::SharedFd access_log;  // opened for appending; null: off
};

struct Start {
  Assignment assignment;
  std::string run_dir;
  std::string state_dir;
  net::SharedFd admin;   // listening Unix stream socket: the API
  net::SharedFd orphan;  // listening Unix seqpacket socket: see keeper/orphan.h
  // memfd of `beat_slots` std::atomic<std::int64_t>: Instants in ns, 0: never. Slot 0 is the control loop's, 1 + i data
  // loop i's. See keeper/beats.h.
  net::SharedFd beats;
  std::uint32_t beat_slots = 0;
  net::SharedFd health;  // memfd with the last State of the worker before; null: there was none
};

struct Apply {
  Assignment assignment;
};

// Takes over client connections. From a dead worker: `socket` is its holder's, `ledger` its ledger
// (service/http/succession.h: inherit_from_holder). From a living one that got HandOver: `socket` is the other end of
// its (inherit_from_worker), `ledger` is null.
struct Inherit {
  enum class From : std::uint8_t { Holder, Worker };
  From from = From::Holder;
  net::SharedFd socket;
  net::SharedFd ledger;
};

// Sends idle connections over `socket`, finishes what is in flight, exits. The admin socket and the listeners are the
// successor's from here on.
struct HandOver {
  net::SharedFd socket;
  std::uint32_t deadline_ms = 0;
};

// Stops accepting, finishes what is in flight, exits.
struct Drain {
  std::uint32_t deadline_ms = 0;
};

// These addresses are another node's now. Who is connected to them is still served, and asked to come again: an answer
// says `Connection: close`, and at the deadline idle connections are closed.
struct Moved {
  std::vector<std::string> addresses;
  std::uint32_t deadline_ms = 0;
};

// The keeper's own metrics, in Prometheus's text format: the worker serves them with its own. In a memfd, so up to
// kMaxMetrics.
struct Metrics {
  std::string text;
};
inline constexpr std::size_t kMaxMetrics = std::size_t{1024} * 1024;

struct Hello {
  std::string version;
  std::int32_t pid = 0;
  net::SharedFd holder;  // null: it could not make one; then its connections die with it
  net::SharedFd ledger;
};

// It serves this generation. `loops`: data loops that beat, so 1 + loops slots are watched.
struct Applied {
  std::uint64_t generation = 0;
  std::uint32_t loops = 0;
};

// It cannot; why, in words for the operator.
struct Refused {
  std::uint64_t generation = 0;
  std::string text;
};

// What the next worker should know (members' health, what the operator drained …): a blob that the keeper keeps and
// does not read. Travels in a memfd, so up to kMaxState.
struct State {
  std::string blob;
};
inline constexpr std::size_t kMaxState = std::size_t{16} * 1024 * 1024;

// The pools of which it knows no member that can serve: all of them, each time.
struct IdlePools {
  std::vector<std::string> names;
};

struct Drained {
  std::uint32_t cut = 0;  // requests that were in flight at the deadline
};

using ToWorker = std::variant<Start, Apply, Inherit, HandOver, Drain, Moved, Metrics>;
using ToKeeper = std::variant<Hello, Applied, Refused, State, IdlePools, Drained>;

[[nodiscard]] Result<net::Packet> encode(const ToWorker& message);
[[nodiscard]] Result<net::Packet> encode(const ToKeeper& message);
[[nodiscard]] Result<ToWorker> decode_to_worker(const net::Packet& packet);
[[nodiscard]] Result<ToKeeper> decode_to_keeper(const net::Packet& packet);

}  // namespace stead::keeper
