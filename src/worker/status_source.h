// Puts together what the admin API tells (admin/status.h) from what the control loop has: the configuration, members'
// health, the loops' counters. Also keeps the rates, for which it is to be asked once a second.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "admin/status.h"
#include "base/time.h"
#include "config/model.h"
#include "service/check/health_service.h"
#include "service/http/plan.h"
#include "service/log/access_log.h"
#include "worker/data_loops.h"
#include "worker/rate.h"

namespace stead::worker {

// What there is to report on, at this moment.
struct StatusInputs {
  const config::Config& config;
  const service::http::Plan& plan;
  const DataLoops& loops;
  const service::check::HealthService& health;
  const service::log::AccessLogCounters& log;
};

class StatusSource {
 public:
  // Everything but what only the worker itself knows: node, version, pid, generation, uptime, listeners' addresses.
  void fill(const StatusInputs& inputs, Instant now, admin::Status& status) const;
  // For the rates.
  void sample(const service::http::Plan& plan, const DataLoops& loops, Instant now);

 private:
  [[nodiscard]] admin::LoopStatus loop_status(const DataLoops& loops, std::uint32_t index, Instant now) const;
  [[nodiscard]] admin::PoolStatus pool_status(const StatusInputs& inputs, const service::http::PoolPlan& plan,
                                              Instant now) const;
  [[nodiscard]] admin::MemberStatus member_status(const StatusInputs& inputs, const service::http::PoolPlan& pool,
                                                  const service::http::MemberPlan& plan, Instant now) const;

  std::map<service::http::MemberId, Rate> member_rates_;
  std::map<std::uint32_t, Rate> loop_rates_;
};

}  // namespace stead::worker
