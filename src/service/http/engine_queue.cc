// The queue of a pool: requests for which no member has room, or is alive, wait here for a moment, so that a deploy is
// slow rather than failed. Bounded in number and in time.
#include <algorithm>

#include "service/http/engine.h"

namespace stead::service::http {

namespace {

// How often the request at the queue's head tries by itself, while no member is known to be alive.
constexpr Duration kProbeEvery = 50ms;

}  // namespace

bool Engine::may_queue(const Exchange& exchange) const {
  const PoolRuntime& pool_runtime = *exchange.pool;
  if (exchange.was_queued) return now_ < exchange.queued_until;
  return pool_runtime.queue_length < pool_runtime.plan->queue_limit && pool_runtime.plan->queue_timeout > 0ns;
}

// Who was in the queue before goes back to its front, so that it is sorted by deadline.
void Engine::enqueue(Exchange& exchange) {
  PoolRuntime& pool_runtime = *exchange.pool;
  const bool again = exchange.was_queued;
  if (!again) {
    exchange.was_queued = true;
    exchange.queued_until = now_ + pool_runtime.plan->queue_timeout;
    stats_.queued.add();
  }
  exchange.queued = true;
  exchange.previous_queued = again ? nullptr : pool_runtime.queue_last;
  exchange.next_queued = again ? pool_runtime.queue_first : nullptr;
  Exchange*& before = again ? pool_runtime.queue_first : pool_runtime.queue_last;
  Exchange*& after = again ? pool_runtime.queue_last : pool_runtime.queue_first;
  if (before != nullptr) {
    (again ? before->previous_queued : before->next_queued) = &exchange;
  } else {
    after = &exchange;
  }
  before = &exchange;
  if (pool_runtime.queue_length++ == 0) pool_runtime.probe_at = now_ + kProbeEvery;
  ++queued_;
  stats_.queue_length.add();
  watch(*exchange.client);  // who gives up need not be served
}

void Engine::dequeue(Exchange& exchange) {
  PoolRuntime& pool_runtime = *exchange.pool;
  Exchange* previous = exchange.previous_queued;
  Exchange* next = exchange.next_queued;
  (previous != nullptr ? previous->next_queued : pool_runtime.queue_first) = next;
  (next != nullptr ? next->previous_queued : pool_runtime.queue_last) = previous;
  exchange.queued = false;
  --pool_runtime.queue_length;
  --queued_;
  stats_.queue_length.subtract();
}

void Engine::serve_queues() {
  queue_ready_ = false;
  for (const auto& pool_runtime : pools_) {
    if (pool_runtime != nullptr && pool_runtime->queue_first != nullptr) serve_queue(*pool_runtime);
  }
}

// Ends those whose time is over; sends on as many as members can take now. While no member is known to be alive only
// the first one tries, now and then: the others would meet the same refusal.
void Engine::serve_queue(PoolRuntime& pool_runtime) {
  while (pool_runtime.queue_first != nullptr && now_ >= pool_runtime.queue_first->queued_until) {
    Exchange& exchange = *pool_runtime.queue_first;
    dequeue(exchange);
    stats_.queue_timeouts.add();
    fail(exchange, 503);
  }
  std::uint32_t turns = pool_runtime.queue_length;
  if (pool_runtime.all_down) {
    if (now_ < pool_runtime.probe_at) return;
    pool_runtime.probe_at = now_ + kProbeEvery;
    turns = std::min(turns, 1U);
  }
  for (; turns > 0 && pool_runtime.queue_first != nullptr; --turns) {
    const bool any = std::any_of(
        pool_runtime.candidates.begin(), pool_runtime.candidates.end(),
        [](const core::balance::Candidate& candidate) { return candidate.eligible && candidate.weight > 0; });
    if (!any) return;
    Exchange& exchange = *pool_runtime.queue_first;
    dequeue(exchange);
    exchange.tried = 0;
    exchange.try_count = 0;
    start_try(exchange);
  }
}

}  // namespace stead::service::http
