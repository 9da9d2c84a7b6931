// The keeper: the process that stays. It holds the listening sockets, starts a worker and sees to it that there is
// always one (supervisor.h), and carries out what the operator orders: reload, upgrade, stop.
//
// It parses nothing but the configuration file, its own socket's few words and its worker's messages, and moves no
// traffic: that is the worker's. One thread, one loop around poll(); every order is a job of several steps, one at a
// time, which the loop takes on from event to event, so nothing ever waits for a worker but a deadline.
//
//   keeper.cc          the loop, and who gets which event
//   keeper_start.cc    from a file to a running loop; from an older version of ourselves
//   keeper_reload.cc   another configuration
//   keeper_upgrade.cc  another binary
//   keeper_vips.cc     virtual addresses: what they need to know, what they have to say
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "core/track/worker_track.h"
#include "keeper/control_server.h"
#include "keeper/deployment.h"
#include "keeper/listener_table.h"
#include "keeper/options.h"
#include "keeper/poll_set.h"
#include "keeper/run_files.h"
#include "keeper/signals.h"
#include "keeper/supervisor.h"
#include "keeper/takeover.h"
#include "keeper/track/tracks.h"
#include "keeper/vip/journal.h"
#include "keeper/vip/movers.h"
#include "keeper/vip/passing.h"
#include "keeper/vip/service.h"
#include "net/notify.h"
#include "net/spawn.h"

namespace stead::keeper {

class Keeper {
 public:
  // How long a worker may take to answer an order, and the new binary to look at our state.
  static constexpr Duration kAnswerPatience = 10s;
  static constexpr Duration kTrialPatience = 5s;
  // How often a listener that could not be opened is tried again.
  static constexpr Duration kListenerRetry = 1s;
  // How long connections are still accepted once the virtual addresses have moved: for those that were being made.
  static constexpr Duration kMoveGrace = 250ms;
  // How often the worker learns what the keeper counts.
  static constexpr Duration kMetricsInterval = 1s;

  Keeper(Logger& log, Options options);

  // One of the two, then run(). Errors are whole sentences, or rendered diagnostics.
  [[nodiscard]] Result<> start();
  [[nodiscard]] Result<> resume(TakeoverState state);

  // Returns the process's exit code.
  [[nodiscard]] int run();

 private:
  struct Reload {
    ClientId client = 0;
    Deployment next;
    StagedListeners staged;
    std::string words;        // what changes
    bool new_worker = false;  // in place is not possible
    Instant deadline{};
  };
  struct Upgrade {
    ClientId client = 0;
    net::Process trial;  // of the new binary; gone once it has said yes
    Instant deadline{};
  };
  struct Stop {
    std::vector<ClientId> clients;
    std::optional<Instant> drain_due = std::nullopt;  // the vips have moved
    bool draining = false;                            // the listeners are closed, and the workers know
    Instant deadline{};                               // of the drain: movers are waited for until then
  };
  using Job = std::variant<std::monostate, Reload, Upgrade, Stop>;

  // Starting.
  [[nodiscard]] Result<> prepare_process();
  [[nodiscard]] Result<> adopt_orphan_worker();
  [[nodiscard]] Result<> open_listeners(const Loaded& loaded);
  [[nodiscard]] Result<> restore_workers(const TakeoverState& state);
  [[nodiscard]] std::string worker_program() const;
  void make_supervisor();
  void begin_supervision();

  // The loop.
  void turn();
  void dispatch(const Ready& ready);
  void handle_signals();
  void handle_child(const net::Exit& exit);
  void handle_requests();
  void handle_tick();
  void handle_events();
  void handle(const WorkerApplied& applied);
  void handle(const WorkerRefused& refused);
  void handle(const WorkerLost& lost);
  void feed_watchdog();
  [[nodiscard]] bool idle() const { return std::holds_alternative<std::monostate>(job_); }
  [[nodiscard]] bool finished() const;

  // Orders.
  void begin_reload(const ControlServer::Asked& asked);
  void begin_apply(Reload reload);
  [[nodiscard]] Result<Reload> prepare_reload(const ControlServer::Asked& asked);
  void finish_reload(Reload reload);
  void fail_reload(const Reload& reload, const std::string& why);
  void retry_listeners();
  void reopen_access_log();
  void retry_access_log();
  void take_access_log(net::SharedFd access_log, std::string words);

  void begin_upgrade(ClientId client);
  void handle_trial(int status);
  void finish_upgrade();
  void fail_upgrade(const std::string& why);
  [[nodiscard]] Result<TakeoverState> takeover_state(ClientId client) const;

  void begin_stop(ClientId client);
  void begin_drain(Stop& stop);
  void check_deadline();

  // Virtual addresses.
  void start_vips();
  void apply_vips();
  void handle_vips();
  void tick_vips();
  void begin_handover(const ControlServer::Asked& asked);
  void suspend_vips();
  void pass_connections(const vip::Snapshot& snapshot);
  void notice_move(const vip::Event& event);
  void notice_peer(const vip::Event& event);
  void report_vips(KeeperStatus& status) const;
  void begin_tracks();
  void tell_worths();
  [[nodiscard]] core::track::Worth worth_of(const std::string& vip) const;
  // The first of the vip's listeners that could not be opened; null: all are.
  [[nodiscard]] const ListenerFailure* closed_listener(const std::string& vip) const;

  [[nodiscard]] ControlReply status() const;
  [[nodiscard]] std::string summary() const;
  void answer(ClientId client, bool ok, std::string text);

  Logger& log_;
  Options options_;
  net::Notifier notifier_;
  std::optional<Duration> watchdog_;
  std::optional<Signals> signals_;
  RunFiles files_;
  std::optional<ControlServer> control_;
  ListenerTable listeners_;
  Deployment deployment_;
  std::uint64_t last_generation_ = 0;
  std::optional<Supervisor> supervisor_;
  std::unique_ptr<vip::Service> vips_;  // null: the node is in no vip
  vip::Journal journal_;
  std::optional<vip::Passing> passing_;  // as vips_
  vip::Movers movers_;
  core::track::WorkerTrack worker_track_;
  track::Tracks tracks_;
  std::vector<std::string> earlier_bad_tracks_;  // before this process became another binary; until they are looked at
  PollSet poll_;

  Instant now_{};  // of this turn
  Instant started_{};
  Instant watchdog_due_{};
  Instant listener_retry_due_{};
  Instant vip_retry_due_{};
  Instant vip_metrics_due_{};
  bool ready_ = false;  // a worker has served
  bool failed_ = false;
  bool reopen_log_ = false;  // asked for by a signal
  Job job_;
  std::deque<ControlServer::Asked> waiting_;  // orders for when there is no job
};

}  // namespace stead::keeper
