// The keeper's judgement of its worker: alive, silent, dead; and what to do. Without processes, signals or a clock.
//
// A worker that dies is known by its exit. One that hangs is not: its sockets accept (the kernel does), so clients wait
// for ever. So each of its loops writes the time into shared memory (0: the control loop, 1 + i: data loop i), and one
// that has not for `heartbeat_timeout` means a kill and a new worker.
//
// Who watches may be the one who slept: after a suspended VM, or when the machine starves the keeper itself, every beat
// looks old, and killing a healthy worker is the worst possible answer. So a tick that comes late by more than half the
// timeout judges nobody, and starts the silence anew from now.
//
//   handle_started ─► Starting ── handle_ready ─► Serving ── handle_exit ─► Waiting ── its time ─► Spawn ─► …
//                        │ kStartupLimit             │ silent
//                        └──────── Kill ─────────────┴──────► Dying ── handle_exit ─► Waiting
//
// After every handle_*: perform what poll_action() returns until it is empty. handle_tick() every 25 to 50 ms, as
// configured, and at next_timeout() if that is earlier.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/time.h"
#include "core/supervise/backoff.h"

namespace stead::core::supervise {

// The timeout is a promise to clients: a frozen worker costs them this, the tick and a start. It must be longer than
// the longest turn that a healthy loop can take, with everything else that runs on the machine.
struct WatchConfig {
  Duration heartbeat_timeout = 500ms;
  Duration tick = 25ms;  // how often the keeper means to call handle_tick()
};

// Start a worker, then call handle_started(), or handle_exit() if that failed.
struct Spawn {};

// Send SIGKILL, then wait for the exit. A freeze is not cured by asking.
struct Kill {
  std::string reason;  // "data loop 1 silent for 512 ms"
};

// It dies again and again: say so loudly; give addresses away that another node could serve.
struct CrashLoop {
  std::uint32_t deaths = 0;
  Duration delay{};  // until the next start
};

using Action = std::variant<Spawn, Kill, CrashLoop>;

class WorkerWatch {
 public:
  static constexpr Duration kStartupLimit = 10s;

  enum class State : std::uint8_t { Waiting, Spawning, Starting, Serving, Dying, Stopped };

  // Asks for the first worker at once.
  WorkerWatch(Instant now, WatchConfig config);

  // A worker process runs. Also when another one, started beside it for an upgrade, takes its place: the exit of the
  // one before is then not to be reported.
  void handle_started(Instant now);
  // It has said that it serves: from here on its beats count.
  void handle_ready(Instant now);
  // It is gone, or could not be started, for whatever reason but an order of ours to stop.
  void handle_exit(Instant now);
  // `beats`: when each loop last gave a sign of life; Instant{}: never.
  void handle_tick(Instant now, std::span<const Instant> beats);
  // The keeper stops: nothing is killed or started from here on.
  void handle_stop();
  // After a reload.
  void set_config(Instant now, WatchConfig config);

  [[nodiscard]] std::optional<Action> poll_action();
  // When a Spawn or the end of a startup is due.
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  [[nodiscard]] State state() const { return state_; }
  // For the status page: since a worker was last well for half a minute.
  [[nodiscard]] std::uint32_t deaths() const { return backoff_.deaths(); }

 private:
  // Whether this tick says more about the keeper than about the worker.
  [[nodiscard]] bool was_late(Instant now) const;
  void judge_beats(Instant now, std::span<const Instant> beats);
  void kill(std::string reason);

  WatchConfig config_;
  Backoff backoff_;
  State state_ = State::Waiting;
  Instant due_{};  // Waiting: of the next Spawn; Starting: of patience
  Instant last_tick_{};
  Instant silent_since_{};  // no silence is older than this
  std::deque<Action> actions_;
};

}  // namespace stead::core::supervise
