// Choosing a member, connecting to it, and keeping connections to it.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "service/http/engine.h"

namespace stead::service::http {

using core::retry::Failure;

MemberRuntime& Engine::member(MemberId id) {
  MemberRuntime* found = members_.at(id).load(std::memory_order_relaxed);
  if (found == nullptr) {
    known_members_.push_back(std::make_unique<MemberRuntime>(id));
    found = known_members_.back().get();
    members_[id].store(found, std::memory_order_release);
  }
  return *found;
}

PoolRuntime& Engine::pool(PoolId id) {
  if (id >= pools_.size()) pools_.resize(id + 1);
  if (pools_[id] == nullptr) pools_[id] = std::make_unique<PoolRuntime>(id);
  return *pools_[id];
}

const MemberStats* Engine::member_stats(MemberId id) const {
  if (id >= kMaxMembers) return nullptr;
  const MemberRuntime* found = members_[id].load(std::memory_order_acquire);
  return found == nullptr ? nullptr : &found->stats;
}

// The next member for this request: one that was not asked for it yet. nullopt: none can take it now.
std::optional<std::uint32_t> Engine::choose(Exchange& exchange) {
  PoolRuntime& pool_runtime = *exchange.pool;
  std::vector<core::balance::Candidate>& candidates = pool_runtime.candidates;
  if (exchange.tried == 0) return pool_runtime.picker.pick(candidates, random_);
  std::uint64_t hidden = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(candidates.size(), 64); ++i) {
    if ((exchange.tried >> i & 1U) == 0 || !candidates[i].eligible) continue;
    candidates[i].eligible = false;
    hidden |= std::uint64_t{1} << i;
  }
  const std::optional<std::uint32_t> chosen = pool_runtime.picker.pick(candidates, random_);
  for (std::size_t i = 0; hidden != 0; ++i, hidden >>= 1U) {
    if ((hidden & 1U) != 0) candidates[i].eligible = true;
  }
  return chosen;
}

// A kept connection that may carry the request, or nullptr: make a new one. The hazard is described in
// core/retry/idle_trust.h.
Upstream* Engine::take_idle(PoolRuntime& pool_runtime, MemberRuntime& found, bool repeatable) {
  const Duration oldest = std::min(found.trust.max_idle_age(now_), pool_runtime.plan->idle_timeout);
  while (!found.idle.empty()) {
    Upstream& upstream = *found.idle.back();
    const Duration age = now_ - upstream.idle_since;
    if (!repeatable && !found.trust.trusted_for_unrepeatable(now_, age)) return nullptr;
    found.idle.pop_back();
    if (age > oldest || upstream.peer_closed || upstream.broken) {
      close_upstream(upstream);
      continue;
    }
    if (!repeatable) {
      // One look, for a request that cannot be sent again: a close may have arrived that we have not been told of yet.
      char byte = 0;
      const ssize_t got = recv(upstream.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got >= 0 || errno != EAGAIN) {
        found.trust.handle_closed_while_idle(now_, age);
        found.stats.stale.add();
        close_upstream(upstream);
        continue;
      }
    }
    upstream.reused = true;
    return &upstream;
  }
  return nullptr;
}

// A new connection, under way. nullptr with errno: it failed at once.
Upstream* Engine::connect(const PoolPlan& pool_plan, const MemberPlan& plan, MemberRuntime& found) {
  net::UniqueFd fd(socket(plan.address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return nullptr;
  const int one = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const auto* address = reinterpret_cast<const sockaddr*>(&plan.address.storage);
  if (::connect(fd.get(), address, plan.address.length) != 0 && errno != EINPROGRESS) return nullptr;
  Upstream* upstream = upstreams_.acquire(found);
  upstream->fd = fd.release();
  upstream->readable = upstream->writable = false;
  upstream->started = now_;
  found.stats.connections.add();
  watch(*upstream);
  wheel_.set(*upstream, now_ + std::min(pool_plan.connect_timeout, pool_plan.first_byte_timeout));
  return upstream;
}

// Ties a connection to the request it will carry, or is carrying.
void Engine::attach(Exchange& exchange, Upstream& upstream, std::uint32_t candidate) {
  exchange.tries[exchange.tries[0] == nullptr ? 0 : 1] = &upstream;
  exchange.tried |= candidate < 64 ? std::uint64_t{1} << candidate : 0;
  ++exchange.try_count;
  upstream.exchange = &exchange;
  upstream.candidate = candidate;
  upstream.started = now_;
  upstream.request_sent = upstream.answer_begun = upstream.warned_slow = false;
  upstream.bytes_before = upstream.bytes_sent;
  ++upstream.member->active;
  upstream.member->stats.active.add();
  sync_candidate(*exchange.pool, *upstream.member, candidate);
}

// Undoes attach(). The connection itself is then for keep_or_close().
void Engine::detach(Upstream& upstream) {
  Exchange* exchange = upstream.exchange;
  if (exchange == nullptr) return;
  upstream.exchange = nullptr;
  if (exchange->tries[0] == &upstream) exchange->tries[0] = exchange->tries[1];
  exchange->tries[1] = nullptr;
  --upstream.member->active;
  upstream.member->stats.active.subtract();
  sync_candidate(*exchange->pool, *upstream.member, upstream.candidate);
  if (exchange->pool->queue_first != nullptr) queue_ready_ = true;
}

// Tells the picker how busy the member is. `hint` is where it stood when it was chosen; a reload may have moved it.
void Engine::sync_candidate(PoolRuntime& pool_runtime, const MemberRuntime& found, std::uint32_t hint) {
  std::size_t at = hint;
  if (at >= pool_runtime.members.size() || pool_runtime.members[at] != &found) {
    const auto position = std::find(pool_runtime.members.begin(), pool_runtime.members.end(), &found);
    if (position == pool_runtime.members.end()) return;  // has left the pool
    at = static_cast<std::size_t>(position - pool_runtime.members.begin());
  }
  core::balance::Candidate& candidate = pool_runtime.candidates[at];
  const MemberPlan& plan = pool_runtime.plan->members[at];
  candidate.active = found.active;
  if (plan.max_connections > 0) candidate.eligible = may_take(pool_runtime, plan, found);
}

void Engine::keep_or_close(Upstream& upstream, bool keep) {
  MemberRuntime& found = *upstream.member;
  detach(upstream);
  const PoolPlan* pool_plan = found.pool == nullptr ? nullptr : found.pool->plan;
  if (!keep || upstream.peer_closed || upstream.broken || pool_plan == nullptr || pool_plan->idle_connections == 0) {
    return close_upstream(upstream);
  }
  if (found.idle.size() >= pool_plan->idle_connections) close_upstream(*found.idle.front());  // the longest idle
  upstream.state = Upstream::State::Idle;
  upstream.idle_since = now_;
  found.idle.push_back(&upstream);
  wheel_.set(upstream, now_ + std::min(pool_plan->idle_timeout, found.trust.max_idle_age(now_)));
}

void Engine::forget_idle(Upstream& upstream) {
  std::vector<Upstream*>& idle = upstream.member->idle;
  const auto at = std::find(idle.begin(), idle.end(), &upstream);
  if (at != idle.end()) idle.erase(at);
}

void Engine::close_upstream(Upstream& upstream) {
  if (upstream.closed) return;
  detach(upstream);
  if (upstream.state == Upstream::State::Idle) forget_idle(upstream);
  close(upstream.fd);
  upstream.closed = true;
  upstream.out.clear(blocks_);
  upstream.head.clear(blocks_);
  wheel_.cancel(upstream);
  upstream.member->stats.connections.subtract();
  closed_upstreams_.push_back(&upstream);
}

void Engine::close_idle_of(MemberRuntime& found) {
  while (!found.idle.empty()) close_upstream(*found.idle.back());
}

void Engine::on_upstream(Upstream& upstream) {
  switch (upstream.state) {
    case Upstream::State::Idle:
      return on_idle_upstream(upstream);
    case Upstream::State::Connecting:
      return on_connecting(upstream);
    case Upstream::State::Busy:
      break;
  }
  Exchange& exchange = *upstream.exchange;
  if (exchange.answer_begun) return pump_both(exchange);
  if (!upstream.request_sent && upstream.writable) {
    pump_request(upstream);
    if (upstream.closed || upstream.exchange != &exchange) return;
  }
  if (upstream.readable) on_answer(upstream);
}

// A member may close an idle connection; it may not speak on it.
void Engine::on_idle_upstream(Upstream& upstream) {
  if (!upstream.readable && !upstream.broken) return;
  MemberRuntime& found = *upstream.member;
  if (upstream.peer_closed || upstream.broken) found.trust.handle_closed_while_idle(now_, now_ - upstream.idle_since);
  found.stats.stale.add();
  close_upstream(upstream);
}

void Engine::on_connecting(Upstream& upstream) {
  if (!upstream.writable && !upstream.broken) return;
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(upstream.fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0 || upstream.broken) {
    upstream.member->stats.connect_failures.add();
    note_outcome(*upstream.member, error == ETIMEDOUT ? OutcomeKind::ConnectTimeout : OutcomeKind::ConnectRefused, {});
    return try_failed(upstream, error == ETIMEDOUT ? Failure::ConnectTimeout : Failure::ConnectRefused);
  }
  upstream.connect_time = now_ - upstream.started;
  send_request(upstream);
}

void Engine::on_upstream_timer(Upstream& upstream) {
  if (upstream.state == Upstream::State::Idle) return close_upstream(upstream);
  Exchange& exchange = *upstream.exchange;
  const PoolPlan& pool_plan = *exchange.pool->plan;
  if (exchange.answer_begun) {
    stats_.timeouts_body.add();
    upstream.member->stats.timeouts.add();
    note_outcome(*upstream.member, OutcomeKind::Slow, {});
    return cut_answer(exchange);
  }
  if (upstream.state == Upstream::State::Connecting && now_ - upstream.started >= pool_plan.connect_timeout) {
    upstream.member->stats.connect_failures.add();
    note_outcome(*upstream.member, OutcomeKind::ConnectTimeout, {});
    return try_failed(upstream, Failure::ConnectTimeout);
  }
  if (upstream.waiting_for_reset || now_ - upstream.started >= pool_plan.first_byte_timeout) {
    upstream.member->stats.timeouts.add();
    if (!upstream.warned_slow) note_outcome(*upstream.member, OutcomeKind::Slow, now_ - upstream.started);
    return try_failed(upstream, upstream.waiting_for_reset ? ended_early(upstream) : Failure::FirstByteTimeout);
  }
  if (upstream.state == Upstream::State::Busy && !upstream.request_sent && !exchange.replayable) {
    stats_.timeouts_body.add();
    note_outcome(*upstream.member, OutcomeKind::Slow, now_ - upstream.started);
    return try_failed(upstream, Failure::FirstByteTimeout);
  }
  try_is_late(upstream);
}

}  // namespace stead::service::http
