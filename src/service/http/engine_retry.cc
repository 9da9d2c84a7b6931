// A try failed or is late: what core/retry/policy.h decides is carried out here.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "service/http/engine.h"

namespace stead::service::http {

using core::retry::Decision;
using core::retry::Failure;
using core::retry::Repeatability;
using core::retry::Situation;
using core::retry::Verdict;

namespace {

Repeatability repeatability(wire::http1::Method method) {
  if (is_safe(method)) return Repeatability::Safe;
  return is_idempotent(method) ? Repeatability::Idempotent : Repeatability::Never;
}

}  // namespace

// What an end before the first byte of the answer means. Counts it.
Failure Engine::ended_early(Upstream& upstream) {
  MemberRuntime& found = *upstream.member;
  if (upstream.reused) {
    found.stats.stale.add();
    found.trust.handle_reuse_failed(now_, upstream.started - upstream.idle_since);
    return Failure::ReusedClosed;
  }
  found.stats.resets.add();
  note_outcome(found, OutcomeKind::Reset, {});
  return Failure::FreshReset;
}

// Proof that nothing of the request reached the member's process: the member's end of stream came, and then a reset for
// what we sent, of which its kernel has acknowledged nothing. A process that had read the request would have had it
// acknowledged by the end of stream at the latest. A reset without an end of stream proves nothing.
bool Engine::provably_unprocessed(const Upstream& upstream) {
  if (!upstream.peer_closed) return false;
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(upstream.fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return false;
  if (info.tcpi_state != 7 /* TCP_CLOSE */) return false;
  // The handshake counts as one byte.
  return info.tcpi_bytes_acked <= upstream.bytes_before + 1;
}

Situation Engine::situation(const Exchange& exchange, Failure failure) const {
  Situation found;
  found.failure = failure;
  found.request = repeatability(exchange.method);
  found.replayable = exchange.replayable || !exchange.body_moved;
  found.tries = exchange.try_count;
  const PoolRuntime& pool_runtime = *exchange.pool;
  for (std::size_t i = 0; i < pool_runtime.candidates.size() && i < 64; ++i) {
    if (pool_runtime.candidates[i].eligible && (exchange.tried >> i & 1U) == 0) found.other_member = true;
  }
  found.may_queue = may_queue(exchange);
  return found;
}

void Engine::try_failed(Upstream& upstream, Failure failure) {
  Exchange& exchange = *upstream.exchange;
  Situation found = situation(exchange, failure);
  found.bytes_sent = upstream.bytes_sent - upstream.bytes_before;
  found.unprocessed = found.bytes_sent > 0 && provably_unprocessed(upstream);
  found.tries_in_flight = exchange.tries[1] != nullptr ? 1 : 0;
  const std::uint32_t candidate = upstream.candidate;
  if (failure == Failure::ReusedClosed) {
    exchange.fresh_only = true;
    // It has never seen the request: left out of the next choice only, not of those after it.
    exchange.forgiven = candidate < 64 ? std::uint64_t{1} << candidate : 0;
  }
  const PoolRuntime& pool_runtime = *exchange.pool;
  if (candidate < pool_runtime.members.size() && pool_runtime.members[candidate] == upstream.member) {
    found.same_member = pool_runtime.candidates[candidate].eligible;
  }
  close_upstream(upstream);
  follow(exchange, found, candidate);
}

// connect() itself failed: no such network, no descriptor left.
void Engine::failed_at_once(Exchange& exchange, MemberRuntime& found, std::uint32_t candidate) {
  found.stats.connect_failures.add();
  note_outcome(found, OutcomeKind::ConnectRefused, {});
  exchange.tried |= candidate < 64 ? std::uint64_t{1} << candidate : 0;
  ++exchange.try_count;
  Situation situation_now = situation(exchange, Failure::ConnectRefused);
  situation_now.tries_in_flight = exchange.tries[0] != nullptr ? 1 : 0;
  follow(exchange, situation_now, candidate);
}

void Engine::follow(Exchange& exchange, const Situation& found, std::uint32_t candidate) {
  Decision decision = core::retry::decide(found);
  if (decision.spends_budget && !exchange.pool->budget.try_spend(now_)) {
    stats_.retry_budget_exhausted.add();
    decision = core::retry::decide_without_budget(found);
  }
  switch (decision.verdict) {
    case Verdict::RetrySameMemberFresh:
      exchange.tried &= candidate < 64 ? ~(std::uint64_t{1} << candidate) : ~std::uint64_t{0};
      exchange.fresh_only = true;
      [[fallthrough]];
    case Verdict::RetryElsewhere:
      stats_.retries.add();
      return start_try(exchange);
    case Verdict::Hedge:
      stats_.hedges.add();
      exchange.hedged = true;
      return start_try(exchange);
    case Verdict::Wait:
      return;
    case Verdict::Queue:
      return enqueue(exchange);
    case Verdict::Fail:
      return fail(exchange, decision.status);
  }
}

// No first byte within the try's limit: the member may be frozen, or just slow.
void Engine::try_is_late(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  upstream.warned_slow = true;
  note_outcome(*upstream.member, OutcomeKind::Slow, now_ - upstream.started);
  arm_try(upstream);
  watch(*exchange.client);  // which is not done while answers come quickly; who gives up now is noticed
  if (exchange.tries[1] != nullptr) return;
  Situation found = situation(exchange, Failure::FirstByteLate);
  found.bytes_sent = upstream.bytes_sent - upstream.bytes_before;
  const Decision decision = core::retry::decide(found);
  if (decision.verdict != Verdict::Hedge && decision.verdict != Verdict::RetryElsewhere) return;
  if (decision.spends_budget && !exchange.pool->budget.try_spend(now_)) {
    stats_.retry_budget_exhausted.add();
    return;
  }
  // Nothing was sent yet where it is still connecting: whichever connects first gets the request.
  stats_.hedges.add();
  exchange.hedged = true;
  start_try(exchange);
}

// `upstream` goes on alone.
void Engine::drop_other_try(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  if (exchange.tries[0] != nullptr && exchange.tries[0] != &upstream) close_upstream(*exchange.tries[0]);
  if (exchange.tries[1] != nullptr && exchange.tries[1] != &upstream) close_upstream(*exchange.tries[1]);
}

void Engine::fail(Exchange& exchange, std::uint16_t status) {
  while (exchange.tries[0] != nullptr) close_upstream(*exchange.tries[0]);
  if (exchange.answer_begun) return cut_answer(exchange);
  std::string text = "pool " + exchange.pool->plan->name;
  switch (status) {
    case 503:
      text += ": no member can take the request now\n";
      break;
    case 504:
      text += ": no answer in time\n";
      break;
    default:
      text += ": no usable answer from a member\n";
      break;
  }
  answer(exchange, status, text);
}

// None that was not asked yet can take it.
void Engine::no_member(Exchange& exchange) {
  if (exchange.tries[0] != nullptr) return;  // a hedge without a second member: the first is still awaited
  if (may_queue(exchange)) return enqueue(exchange);
  if (exchange.pool->queue_length >= exchange.pool->plan->queue_limit) stats_.queue_full.add();
  fail(exchange, 503);
}

}  // namespace stead::service::http
