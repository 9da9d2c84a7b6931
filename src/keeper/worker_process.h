// One worker, as the keeper has it: the process, the channel, the heartbeats, and what is needed to go on with its
// connections when it dies. Started here; who watches over it and decides is the supervisor (supervisor.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "keeper/beats.h"
#include "keeper/protocol.h"
#include "net/message_socket.h"
#include "net/spawn.h"
#include "net/unique_fd.h"

namespace stead::keeper {

enum class WorkerRole : std::uint8_t {
  Current,    // watched, and replaced when it dies
  Candidate,  // started beside the current one, to take its place
  Adopted,    // another keeper's, who died: serves until we have a worker of our own
  Leaving,    // has got its last order, HandOver or Drain, and finishes what is in flight
};

struct WorkerProcess {
  std::uint32_t serial = 0;  // among the workers that this keeper has seen
  net::Process process;
  bool child = true;  // an adopted orphan is not: its exit code is not ours to collect
  net::MessageSocket channel;
  std::optional<Beats> beats;  // not those of an adopted one: the keeper before it had them
  std::uint32_t watched = 0;   // slots that beat
  std::string version;
  WorkerRole role = WorkerRole::Current;
  bool serving = false;               // has said Applied
  Instant deadline = Instant::max();  // when it is killed
  bool cut_off = false;               // was killed at its deadline: its connections are not to be continued
  std::optional<std::vector<std::string>> idle_pools;  // of which no member can serve; nullopt: it has not said
  net::SharedFd holder;
  net::SharedFd ledger;

  [[nodiscard]] pid_t pid() const { return process.pid; }
};

// How to start one.
struct WorkerProgram {
  std::string path;                      // of the binary on disk, whatever it is by now
  std::vector<std::string> arguments{};  // beginning with the program's name
};

// Starts it and sends `start`, with heartbeats of its own.
[[nodiscard]] Result<WorkerProcess> start_worker(const WorkerProgram& program, Start start, std::uint32_t serial);

[[nodiscard]] Result<> send(WorkerProcess& worker, const ToWorker& message);

// What the keeper's own environment says to it alone.
[[nodiscard]] std::vector<std::string> child_environment();

}  // namespace stead::keeper
