// What one data loop remembers of pools and members from request to request: connections kept, requests in use, what
// was learned. It outlives plans: found by the stable ids, and only pointed at a newer plan by a reload or a change of
// health. One loop each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/balance/picker.h"
#include "core/retry/budget.h"
#include "core/retry/idle_trust.h"
#include "core/retry/try_limit.h"
#include "service/http/connection.h"
#include "service/http/outcome.h"
#include "service/http/plan.h"
#include "service/http/stats.h"

namespace stead::service::http {

// A plan as this loop uses it. The count is the loop's own, so that a request takes and drops its plan without an
// atomic.
struct LoopPlan {
  std::shared_ptr<const Plan> plan;
  std::uint32_t references = 0;
  std::vector<PoolRuntime*> pools;  // by the plan's index
};

struct MemberRuntime {
  explicit MemberRuntime(MemberId member_id) : id(member_id), trust(30s) {}

  MemberId id;
  std::string name;
  PoolRuntime* pool = nullptr;  // nullptr: has left the configuration
  std::uint32_t active = 0;     // requests it is serving for this loop, over all pools that name it
  std::vector<Upstream*> idle;  // kept connections, the most recently used last
  core::retry::IdleTrust trust;
  MemberStats stats;
  Outcome unreported;  // a run of one kind, not yet told to the control loop
  bool has_unreported = false;
};

struct PoolRuntime {
  explicit PoolRuntime(PoolId pool_id) : id(pool_id), try_limit(30s) {}

  PoolId id;
  const PoolPlan* plan = nullptr;       // in `holder`
  std::shared_ptr<const Plan> holder;   // the newest plan that has this pool
  std::vector<MemberRuntime*> members;  // by the plan's index
  std::vector<core::balance::Candidate> candidates;
  core::balance::Picker picker;
  core::retry::Budget budget;
  core::retry::TryLimit try_limit;
  bool warming = false;   // some member's weight still grows
  bool all_down = false;  // no member is usable: all but the drained ones are tried

  Exchange* queue_first = nullptr;
  Exchange* queue_last = nullptr;
  std::uint32_t queue_length = 0;
  Instant probe_at{};  // when the queue's first request may try again by itself
};

}  // namespace stead::service::http
