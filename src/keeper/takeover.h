// How a keeper becomes another version of itself: execve() of the new binary in the same process. Process id, children
// and open files stay; memory does not, so what the keeper knows is written down before and read again after.
//
//   old binary                                        new binary
//   TakeoverState ── encode ──► text + descriptors
//                    (trial: `stead takeover-check` of the new binary reads it, in a process of its own, and changes
//                    nothing) execve ─────────────────────────► decode ──► TakeoverState
//
// The memfd that carries it holds {"fds": [numbers], "state": "…"}; in the state, a descriptor is an index into the
// list, as in all messages (json_message.h), so the trial can be made without having the descriptors.
//
// Between versions: new keys may be added, with a default for where they are missing; none changes its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "keeper/listener_table.h"
#include "keeper/options.h"
#include "keeper/worker_process.h"
#include "net/message_socket.h"
#include "net/unique_fd.h"

namespace stead::keeper {

// A WorkerProcess, as far as it can be written down.
struct WorkerRecord {
  std::int32_t pid = 0;
  bool child = true;
  WorkerRole role = WorkerRole::Current;
  bool serving = false;
  bool cut_off = false;
  std::uint32_t watched = 0;
  std::uint32_t beat_slots = 0;
  std::string version;
  Instant deadline = Instant::max();
  std::optional<std::vector<std::string>> idle_pools = {};
  net::SharedFd pidfd;
  net::SharedFd channel;  // null: closed
  net::SharedFd beats;    // null: an adopted worker's
  net::SharedFd holder;
  net::SharedFd ledger;
};

struct TakeoverState {
  Options options;  // `version` is that of the writer
  std::string found_node;
  std::uint64_t generation = 0;
  Instant started{};
  std::vector<OpenListener> listeners;
  std::uint32_t next_listener_id = 1;
  std::vector<WorkerRecord> workers;
  std::vector<std::string> bad_tracks = {};  // by name
  std::string config;                        // the text in effect: in here, so that the trial can read it
  net::SharedFd health;                      // memfd with the last State; null: none
  net::SharedFd access_log;                  // null: off
  net::SharedFd lock;
  net::SharedFd control;
  net::SharedFd admin;
  net::SharedFd orphan;
  net::SharedFd client;  // who asked for the upgrade, and waits for an answer; null: nobody
};

[[nodiscard]] net::Packet encode(const TakeoverState& state);
[[nodiscard]] Result<TakeoverState> decode_takeover(const net::Packet& packet);

[[nodiscard]] Result<WorkerRecord> record_of(const WorkerProcess& worker);
// Maps the heartbeats again.
[[nodiscard]] Result<WorkerProcess> worker_of(const WorkerRecord& record);

// The memfd. `packet` must outlive the execve().
[[nodiscard]] Result<net::UniqueFd> write_takeover(const net::Packet& packet);
// After execve(): takes ownership of the descriptors that are named in it.
[[nodiscard]] Result<net::Packet> read_takeover(int memfd);
// For the trial: all descriptors are stand-ins.
[[nodiscard]] Result<net::Packet> read_takeover_for_trial(int memfd);

// Becomes `program`. Returns only if that failed, with everything as it was before.
[[nodiscard]] Error become(const std::string& program, std::vector<std::string> arguments, const net::Packet& packet,
                           const net::UniqueFd& memfd);

}  // namespace stead::keeper
