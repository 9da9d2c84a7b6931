// What serves a configuration: the plan, the data loops, members' health, names, the access log and the metrics'
// address, wired together. A start and a reload are the same call, apply(); between two of them, changes of health and
// of names make new plans.
//
// Knows nothing of the keeper (worker.h does). On the control loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/api.h"
#include "admin/server.h"
#include "base/error.h"
#include "base/log.h"
#include "config/model.h"
#include "keeper/protocol.h"
#include "service/check/health_service.h"
#include "service/log/access_log.h"
#include "worker/data_loops.h"
#include "worker/health_state.h"
#include "worker/name_watch.h"
#include "worker/plan_compiler.h"
#include "worker/status_source.h"

namespace stead::worker {

// The configuration that an assignment carries; the error holds the diagnostics, rendered.
[[nodiscard]] Result<config::Config> read_config(const keeper::Assignment& assignment);

struct ServingOptions {
  std::uint32_t loops = 1;
  std::uint64_t seed = 0;
  std::function<void()> state_changed;  // state() has changed
  std::function<void()> idle_pools_changed;
  admin::Controls metrics_controls;  // for the metrics' TCP address
};

class Serving {
 public:
  Serving(boost::asio::io_context& loop, Logger& log, keeper::Beats& beats, const service::http::LedgerMemory& ledger,
          ServingOptions options);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  // The first time, `earlier` is what the worker before left.
  void apply(config::Config config, const keeper::Assignment& assignment, const HealthState& earlier = {});
  // Every 50 ms: what has to wait for the loops.
  void tick();
  // Every second: the rates, and what failed and may succeed now.
  void sample(Instant now);

  // Everything but what worker.h adds.
  [[nodiscard]] admin::Status status(Instant now) const;
  [[nodiscard]] HealthState state() const;
  // Pools of which no member can serve. Not in the plan's terms: where nobody is usable, it has all of them tried.
  [[nodiscard]] const std::vector<std::string>& idle_pools() const { return idle_pools_; }
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] std::vector<keeper::ListenerSocket> listeners() const;
  [[nodiscard]] DataLoops& loops() { return loops_; }
  [[nodiscard]] service::check::HealthService& health() { return health_; }
  // Clients that have come to these addresses are asked to come again.
  void dismiss(const std::vector<std::string>& addresses, Instant deadline);
  // Once the loops are told to end: clients that come now are refused at once, instead of waiting for nobody, and the
  // port is free for others.
  void close_listeners();
  // Writes what is in the log's rings, if its output takes it soon.
  void flush_log();

 private:
  struct Retired {
    keeper::ListenerSocket listener;
    DataLoops::Mark mark;
  };

  service::check::HealthHooks health_hooks();
  void watch_names();
  void update_addresses();
  void plan_is_due();
  void publish();
  void note_idle_pools();
  void add_new_listeners(const keeper::Assignment& assignment);
  void retire_listeners(const keeper::Assignment& assignment);
  void retire(keeper::ListenerSocket listener);
  void serve_metrics(const keeper::ListenerSocket& listener);
  void log_event(const std::string& member, const core::health::Event& event);

  boost::asio::io_context& loop_;
  Logger& log_;
  const ServingOptions options_;
  config::Config config_;
  std::map<std::uint32_t, keeper::ListenerSocket> listeners_;
  std::vector<Retired> retired_;
  PlanCompiler compiler_;
  MemberAddresses addresses_;
  std::shared_ptr<const service::http::Plan> plan_;
  bool plan_due_ = false;
  std::vector<std::string> idle_pools_;
  DataLoops loops_;
  service::log::AccessLog access_log_;  // after the loops, whose rings it reads: it goes first
  service::check::HealthService health_;
  NameWatch names_;
  StatusSource status_source_;
  std::uint32_t metrics_listener_ = 0;  // its id
  std::optional<admin::Server> metrics_;
};

}  // namespace stead::worker
