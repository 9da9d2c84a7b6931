// The simulated control loop: the shell around PoolHealth. Performs its checks against the simulated servers, feeds it
// what the data loops report, and publishes who may take requests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/health/pool_health.h"
#include "sim/data_loop.h"
#include "sim/server.h"
#include "sim/view.h"
#include "sim/witness.h"
#include "sim/world.h"

namespace stead::sim {

class ControlLoop {
 public:
  using Publish = std::function<void(std::shared_ptr<const View>)>;

  ControlLoop(World& world, Witness& witness, Counts& counts, Publish publish);
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  // The start, or a reload. The last member may be a backup.
  void configure(const core::health::Rules& rules, std::vector<Server*> members, bool last_is_backup);
  // The worker dies and another takes over from its latest snapshot.
  void replace_worker();
  void drain(std::string_view member);
  void ready(std::string_view member);
  void handle_outcomes(const std::vector<Outcome>& outcomes);

  [[nodiscard]] const core::health::PoolHealth& pool() const { return *pool_; }

 private:
  void perform();
  void perform_one(const core::health::StartCheck& check);
  void perform_one(const core::health::CancelCheck&) {}
  void perform_one(const core::health::AvailabilityChanged&);
  void perform_one(const core::health::Event& event);
  void perform_one(const core::health::FailOpenChanged& change);
  void send_check(Server& server, std::uint64_t check);
  void end_check(const Server& server, std::uint64_t check, core::health::CheckResult result);
  void arm_timer();
  [[nodiscard]] Server& find(std::string_view name) const;

  World& world_;
  Witness& witness_;
  Counts& counts_;
  Publish publish_;
  core::health::Rules rules_;
  std::vector<Server*> members_;
  std::vector<core::health::MemberSpec> specs_;
  std::unique_ptr<core::health::PoolHealth> pool_;
  std::uint64_t next_check_ = 1;
  std::vector<std::uint64_t> checks_;  // under way in this worker
  Instant armed_for_ = Instant::max();
};

}  // namespace stead::sim
