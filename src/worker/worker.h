// The worker's control loop: what the keeper orders, what the operator asks, and the end. Serving (serving.h) does the
// work; this says when.
//
//   run() ─► serving ── Drain ────► loops finish ─► State, Drained ─► run() returns
//                    ── HandOver ─► the same, but idle connections go to the successor, and so does the admin socket
//                    ── keeper gone ─► goes on serving; a new keeper may come by orphan.sock (keeper/orphan.h)
//
// One thread. Lives as long as the process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/server.h"
#include "base/log.h"
#include "keeper/beats.h"
#include "keeper/protocol.h"
#include "worker/keeper_link.h"
#include "worker/serving.h"

namespace stead::worker {

struct WorkerOptions {
  keeper::Start start;
  config::Config config;  // of start.assignment
  std::string version;
  std::uint32_t loops = 1;
  std::uint64_t seed = 0;
};

class Worker {
 public:
  // `beats` and `ledger` must outlive it.
  Worker(Logger& log, WorkerOptions options, keeper::Beats& beats, const service::http::LedgerMemory& ledger);

  // Serves until it is told to end; returns the exit code.
  int run(net::MessageSocket channel);

 private:
  // A living worker that is handing over to us.
  struct Predecessor;

  void handle(keeper::ToWorker message);
  void handle(const keeper::Start& start);
  void handle(const keeper::Apply& apply);
  void handle(const keeper::Inherit& inherit);
  void handle(const keeper::HandOver& hand_over);
  void handle(const keeper::Drain& drain);
  void handle(const keeper::Moved& moved);
  void handle(const keeper::Metrics& metrics) { keeper_metrics_ = metrics.text; }

  void inherit_from_holder(const keeper::Inherit& inherit);
  void read_from_predecessor(const std::shared_ptr<Predecessor>& predecessor);
  bool begin_end();
  DataLoops::Ended on_loop_ended();
  void end();

  void handle_keeper_gone();
  void wait_for_keeper();
  void handle_signal();

  void beat();
  void arm_sampling();
  void state_changed();
  void send_state();
  void send_idle_pools();
  void serve_admin();
  [[nodiscard]] admin::Controls controls();
  [[nodiscard]] admin::Status status() const;

  Logger& log_;
  boost::asio::io_context loop_{1};
  WorkerOptions options_;
  const Instant started_;
  std::uint64_t generation_ = 0;
  std::string node_;
  std::string keeper_metrics_;
  keeper::Beats& beats_;
  bool ending_ = false;
  std::vector<std::uint32_t> ended_loops_;
  std::uint32_t cut_ = 0;
  net::SharedFd successor_;
  bool state_due_ = false;

  boost::asio::steady_timer beat_timer_;
  boost::asio::steady_timer sample_timer_;
  boost::asio::steady_timer state_timer_;
  boost::asio::signal_set signals_;
  boost::asio::posix::stream_descriptor orphan_watch_;
  KeeperLink link_;
  Serving serving_;
  std::optional<admin::Server> admin_;
};

}  // namespace stead::worker
