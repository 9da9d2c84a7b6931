// A new plan: pools and members keep what was learned of them. And the other direction: outcomes, in batches.
#include <algorithm>

#include "core/balance/slow_start.h"
#include "service/http/engine.h"

namespace stead::service::http {

namespace {

core::balance::Algorithm algorithm_of(config::Balance balance) {
  switch (balance) {
    case config::Balance::RoundRobin:
      return core::balance::Algorithm::RoundRobin;
    case config::Balance::LeastRequest:
      return core::balance::Algorithm::LeastRequest;
    case config::Balance::Random:
      break;
  }
  return core::balance::Algorithm::Random;
}

}  // namespace

void Engine::set_plan(std::shared_ptr<const Plan> plan) {
  LoopPlan* next = plans_.acquire(std::move(plan), 1U, std::vector<PoolRuntime*>());
  for (const PoolPlan& pool_plan : next->plan->pools) {
    PoolRuntime& runtime = pool(pool_plan.id);
    rebuild_pool(runtime, pool_plan, next->plan);
    next->pools.push_back(&runtime);
  }
  LoopPlan* previous = plan_;
  plan_ = next;
  if (previous != nullptr) release_plan(previous);
  for (PoolRuntime* runtime : next->pools) serve_queue(*runtime);
}

void Engine::release_plan(LoopPlan* plan) {
  if (--plan->references == 0) plans_.release(plan);
}

void Engine::rebuild_pool(PoolRuntime& runtime, const PoolPlan& plan, const std::shared_ptr<const Plan>& holder) {
  std::vector<std::uint32_t> previous;
  std::vector<MemberRuntime*> members;
  for (const MemberPlan& member_plan : plan.members) {
    MemberRuntime& found = member(member_plan.id);
    found.name = member_plan.name;
    found.pool = &runtime;
    found.trust.set_pool_idle_timeout(plan.idle_timeout);
    const auto at = std::find(runtime.members.begin(), runtime.members.end(), &found);
    previous.push_back(at == runtime.members.end() ? core::balance::Picker::kNew
                                                   : static_cast<std::uint32_t>(at - runtime.members.begin()));
    members.push_back(&found);
  }
  // Who has left the pool gets nothing any more; requests under way keep their connections to the end.
  for (MemberRuntime* old : runtime.members) {
    if (std::find(members.begin(), members.end(), old) != members.end()) continue;
    old->pool = nullptr;
    close_idle_of(*old);
  }
  runtime.members = std::move(members);
  runtime.plan = &plan;
  runtime.holder = holder;
  runtime.picker.rekey(previous);
  runtime.picker.set_algorithm(algorithm_of(plan.balance));
  runtime.budget.set_config({.ratio = plan.retry_budget});
  runtime.try_limit.set_bounds(plan.first_byte_timeout, plan.try_timeout);
  refresh_weights(runtime);
}

bool Engine::may_take(const PoolRuntime& runtime, const MemberPlan& plan, const MemberRuntime& found) {
  // When all are down, trying them costs less than failing without a try: the checks may be what is wrong.
  const bool alive = plan.usable || (runtime.all_down && !plan.drained);
  const bool has_room = plan.max_connections == 0 || found.active < plan.max_connections;
  return alive && has_room && plan.address.length > 0;
}

void Engine::refresh_weights(PoolRuntime& runtime) {
  const PoolPlan& plan = *runtime.plan;
  runtime.warming = false;
  runtime.all_down =
      std::none_of(plan.members.begin(), plan.members.end(), [](const MemberPlan& found) { return found.usable; });
  runtime.candidates.resize(plan.members.size());
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    const MemberPlan& found = plan.members[i];
    core::balance::Candidate& candidate = runtime.candidates[i];
    candidate.weight = core::balance::effective_weight(found.weight, found.warm_since, plan.slow_start, now_);
    candidate.backup = found.backup;
    candidate.active = runtime.members[i]->active;
    candidate.eligible = may_take(runtime, found, *runtime.members[i]);
    if (found.warm_since != Instant{} && now_ < found.warm_since + plan.slow_start) runtime.warming = true;
  }
}

// Runs of one kind are counted together; a failure is told at once.
void Engine::note_outcome(MemberRuntime& found, OutcomeKind kind, Duration latency) {
  Outcome& pending = found.unreported;
  if (found.has_unreported && pending.kind != kind) {
    outcomes_.push_back(pending);
    found.has_unreported = false;
  }
  if (!found.has_unreported) pending = Outcome{.member = found.id, .kind = kind, .count = 0, .latency = {}};
  found.has_unreported = true;
  ++pending.count;
  pending.latency = latency;
  if (kind != OutcomeKind::Ok && kind != OutcomeKind::ServerError) report_now_ = true;
}

void Engine::report_outcomes() {
  report_now_ = false;
  if (!options_.report) return;
  for (const auto& found : known_members_) {
    if (!found->has_unreported) continue;
    found->has_unreported = false;
    outcomes_.push_back(found->unreported);
  }
  if (outcomes_.empty()) return;
  options_.report(std::move(outcomes_));
  outcomes_ = {};
}

}  // namespace stead::service::http
