// The keeper's workers: starts them, watches over the current one, replaces it when it dies or hangs, puts another in
// its place, sees them off. What to do about a silent or dead one is decided in core/supervise/worker_watch.h; this
// does it.
//
//   who              comes by                 goes by
//   Current          Spawn of the watch       death: its connections go to the next one. HandOver, Drain: becomes
//   Leaving Candidate        start_candidate()        promote(): becomes Current, the one before Leaving.
//   drop_candidate() Adopted          adopt()                  handing over to the first Current that serves Leaving
//   see above                its exit, or its deadline
//
// After every call: take what poll_event() returns until it is empty.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "core/supervise/worker_watch.h"
#include "keeper/poll_set.h"
#include "keeper/protocol.h"
#include "keeper/worker_process.h"
#include "net/spawn.h"

namespace stead::keeper {

struct WorkerApplied {
  WorkerRole role = WorkerRole::Current;
  std::uint64_t generation = 0;
};

struct WorkerRefused {
  WorkerRole role = WorkerRole::Current;
  std::uint64_t generation = 0;
  std::string text;
};

// The current one or the candidate is gone without an order of ours.
struct WorkerLost {
  WorkerRole role = WorkerRole::Current;
  std::string how;  // "was killed by signal 11 (Segmentation fault)"
};

using SupervisorEvent = std::variant<WorkerApplied, WorkerRefused, WorkerLost>;

class Supervisor {
 public:
  using Launch = std::function<Result<WorkerProcess>(Start start, std::uint32_t serial)>;

  // How long a worker may live on after the deadline that it was given: for the end of its own orderly end.
  static constexpr Duration kGrace = 1s;

  Supervisor(Logger& log, Launch launch, Instant now);

  // What every worker from here on is told first.
  void set_start(Start start) { start_ = std::move(start); }
  // `drain`: how long a worker that leaves may take.
  void set_limits(Instant now, core::supervise::WatchConfig config, Duration drain);

  // Every 25 ms.
  void handle_tick(Instant now);
  // Its channel can be read.
  void handle_channel(std::uint32_t serial, Instant now);
  // A child has ended; it need not be a worker.
  void handle_exit(const net::Exit& exit, Instant now);
  // A worker that is not our child has ended.
  void handle_gone(std::uint32_t serial, Instant now);
  [[nodiscard]] std::optional<SupervisorEvent> poll_event();

  // Tells the current worker; WorkerApplied or WorkerRefused follows, or WorkerLost.
  [[nodiscard]] Result<> apply(Apply apply);
  // Nothing happens where no worker serves.
  void tell_metrics(Metrics metrics);
  // Kills it, for a reason that the watch does not know. It is replaced as after any death.
  void kill_current(std::string_view reason);

  [[nodiscard]] Result<> start_candidate(Start start, Instant now);
  // The candidate, which serves already, becomes the current one, and gets the connections of the one before.
  void promote_candidate(Instant now);
  void drop_candidate(Instant now);

  void adopt(WorkerProcess worker);
  // Takes over the supervision of workers that another program, this process before execve(), has started.
  void restore(std::vector<WorkerProcess> workers, std::string health, Instant now);

  // No worker is started from here on; all are told to end.
  // To all that have clients.
  void tell_moved(const Moved& moved);
  void drain(Instant now);
  void kill_all();

  void list(PollSet& set) const;
  [[nodiscard]] const WorkerProcess* current() const { return find(WorkerRole::Current); }
  [[nodiscard]] const WorkerProcess* candidate() const { return find(WorkerRole::Candidate); }
  // Whether a member of the pool can serve; nullopt: the current worker has not said, or there is none.
  [[nodiscard]] std::optional<bool> pool_serves(const std::string& pool) const;
  [[nodiscard]] bool serving() const { return current() != nullptr && current()->serving; }
  [[nodiscard]] std::span<const WorkerProcess> workers() const { return workers_; }
  [[nodiscard]] const std::string& health() const { return health_; }
  [[nodiscard]] core::supervise::WorkerWatch::State state() const { return watch_.state(); }
  [[nodiscard]] std::uint32_t deaths() const { return watch_.deaths(); }
  // The earliest moment at which handle_tick() has something to do, besides every 25 ms.
  [[nodiscard]] std::optional<Instant> next_timeout() const { return watch_.next_timeout(); }

 private:
  // What is left of a dead worker: its connections, in its holder.
  struct Legacy {
    net::SharedFd holder;
    net::SharedFd ledger;
  };

  [[nodiscard]] const WorkerProcess* find(WorkerRole role) const;
  [[nodiscard]] WorkerProcess* find(WorkerRole role);
  [[nodiscard]] WorkerProcess* find_serial(std::uint32_t serial);

  void perform_actions(Instant now);
  void perform(const core::supervise::Spawn& spawn, Instant now);
  void perform(const core::supervise::Kill& kill, Instant now);
  void perform(const core::supervise::CrashLoop& loop, Instant now);

  void handle(WorkerProcess& worker, Hello hello, Instant now);
  void handle(WorkerProcess& worker, const Applied& applied, Instant now);
  void handle(WorkerProcess& worker, const Refused& refused, Instant now);
  void handle(WorkerProcess& worker, State state, Instant now);
  void handle(WorkerProcess& worker, IdlePools pools, Instant now);
  void handle(WorkerProcess& worker, const Drained& drained, Instant now);

  void begin_serving(WorkerProcess& worker, Instant now);
  void bequeath();
  void hand_over(WorkerProcess& from, WorkerProcess& to, Instant now);
  void tell_to_end(WorkerProcess& worker, Instant now);
  void remove(WorkerProcess& worker, const std::string& how, Instant now);
  void kill(WorkerProcess& worker, std::string_view reason);
  [[nodiscard]] Start complete(Start start) const;

  Logger& log_;
  Launch launch_;
  core::supervise::WorkerWatch watch_;
  Start start_;
  std::vector<WorkerProcess> workers_;
  std::vector<Legacy> legacies_;
  std::string health_;
  std::uint32_t next_serial_ = 1;
  Duration drain_ = 30s;
  std::deque<SupervisorEvent> events_;
};

}  // namespace stead::keeper
