#include "sim/data_loop.h"

#include <algorithm>

#include "core/balance/slow_start.h"

namespace stead::sim {

using core::health::OutcomeKind;
using core::retry::Failure;
using core::retry::Repeatability;
using core::retry::Verdict;

DataLoop::DataLoop(World& world, Witness& witness, Counts& counts, std::uint32_t index,
                   core::balance::Algorithm algorithm, Report report)
    : world_(world),
      witness_(witness),
      counts_(counts),
      index_(index),
      picker_(algorithm),
      report_(std::move(report)) {}

void DataLoop::set_view(std::shared_ptr<const View> view) {
  std::vector<std::uint32_t> previous;
  for (const MemberView& member : *view) {
    const auto old = std::ranges::find(*view_, member.server, &MemberView::server);
    previous.push_back(old == view_->end() ? core::balance::Picker::kNew
                                           : static_cast<std::uint32_t>(old - view_->begin()));
  }
  picker_.rekey(previous);
  view_ = std::move(view);
}

void DataLoop::handle_request(RequestId id, std::string_view method) {
  auto request = std::make_shared<Request>();
  request->id = id;
  request->repeatability = core::retry::repeatability_of(method);
  request->begun = world_.now();
  budget_.handle_request(world_.now());
  witness_.see_request(index_, *request);
  ++counts_.requests;
  requests_.emplace(id, request);
  try_any(request, nullptr);
}

Server* DataLoop::pick(const Request& request, const Server* but) {
  std::vector<core::balance::Candidate> candidates;
  for (const MemberView& member : *view_) {
    const bool asked = member.server == but || std::ranges::find(request.asked, member.server) != request.asked.end();
    candidates.push_back(core::balance::Candidate{
        .weight = core::balance::effective_weight(member.weight, member.warm_since, kSlowStart, world_.now()),
        .active = members_[member.server].active,
        .eligible = member.usable && !asked,
        .backup = member.backup});
  }
  const auto picked = picker_.pick(candidates, world_.random());
  return picked ? (*view_)[*picked].server : nullptr;
}

bool DataLoop::may_take(const Server& server) const {
  const auto member = std::ranges::find(*view_, &server, &MemberView::server);
  return member != view_->end() && member->usable && member->weight > 0;
}

bool DataLoop::another_can(const Request& request, const Server& but) const {
  return std::ranges::any_of(*view_, [&](const MemberView& member) {
    return member.server != &but && may_take(*member.server) &&
           std::ranges::find(request.asked, member.server) == request.asked.end();
  });
}

void DataLoop::try_any(const SharedRequest& request, const Server* but) {
  if (Server* server = pick(*request, but)) return start_try(request, *server, request->tries > 0);
  if (world_.now() < request->begun + kQueueTimeout) return queue(request, 50ms);
  finish(*request, 503);
}

void DataLoop::start_try(const SharedRequest& request, Server& server, bool fresh) {
  witness_.see_try(*request, server);
  auto attempt = std::make_shared<Try>();
  attempt->id = request->id;
  attempt->request = request;
  attempt->server = &server;
  attempt->begun = world_.now();
  ++request->tries;
  request->asked.push_back(&server);
  request->awaited.push_back(attempt);
  ++members_[&server].active;
  arm_timers(attempt);
  IdleConnection connection;
  if (!fresh && take_idle(*request, server, connection)) return send_reused(attempt, connection);
  send_fresh(attempt);
}

void DataLoop::send_fresh(const SharedTry& attempt) {
  world_.after(Server::kTrip, [this, attempt] {
    if (!attempt->awaited) return;
    switch (attempt->server->condition()) {
      case Condition::Dead:
        return handle_failure(attempt, Failure::ConnectRefused);
      case Condition::CutOff:
        // Silence. The connection attempt is over after kConnectTimeout.
        return world_.at(attempt->begun + kConnectTimeout,
                         [this, attempt] { handle_failure(attempt, Failure::ConnectTimeout); });
      default:
        attempt->bytes_sent = 100;
        return deliver(attempt);
    }
  });
}

void DataLoop::send_reused(const SharedTry& attempt, const IdleConnection& connection) {
  attempt->reused = true;
  attempt->idle_age = world_.now() - connection.since;
  attempt->bytes_sent = 100;
  world_.after(Server::kTrip, [this, attempt, connection] {
    const Server& server = *attempt->server;
    if (server.condition() == Condition::CutOff) return;  // lost on the way, like everything
    if (server.life() == connection.life && connection.closes_at > world_.now()) return deliver(attempt);
    ++counts_.stale_connections;
    world_.after(Server::kTrip, [this, attempt] { handle_failure(attempt, Failure::ReusedClosed); });
  });
}

void DataLoop::deliver(const SharedTry& attempt) {
  attempt->server->deliver(attempt->id, [this, attempt](Reply reply) { handle_reply(attempt, reply); });
}

// Looks for a close first, as the real loop does; what it cannot see is a FIN that is still on its way.
bool DataLoop::take_idle(const Request& request, Server& server, IdleConnection& taken) {
  Member& member = members_[&server];
  const Instant now = world_.now();
  while (!member.idle.empty()) {
    taken = member.idle.back();
    member.idle.pop_back();
    const Duration age = now - taken.since;
    if (age > member.trust.max_idle_age(now)) continue;
    const bool died = taken.life != server.life() && server.since() + Server::kTrip <= now;
    if (died || taken.closes_at + Server::kTrip <= now) {
      member.trust.handle_closed_while_idle(now, std::min(age, taken.closes_at - taken.since));
      continue;
    }
    if (request.repeatability != Repeatability::Never) return true;
    if (member.trust.trusted_for_unrepeatable(now, age)) return true;
    member.idle.push_back(taken);
    return false;
  }
  return false;
}

void DataLoop::arm_timers(const SharedTry& attempt) {
  world_.after(limit_.limit(), [this, attempt] {
    if (!attempt->awaited) return;
    note(*attempt->server, OutcomeKind::Slow);
    handle_failure(attempt, Failure::FirstByteLate);
  });
  world_.after(kFirstByteTimeout, [this, attempt] { handle_failure(attempt, Failure::FirstByteTimeout); });
}

void DataLoop::handle_reply(const SharedTry& attempt, Reply reply) {
  if (!attempt->awaited) return;
  Server& server = *attempt->server;
  Member& member = members_[&server];
  if (reply == Reply::Closed) {
    return handle_failure(attempt, attempt->reused ? Failure::ReusedClosed : Failure::FreshReset);
  }
  note(server, reply == Reply::Answer ? OutcomeKind::Ok : OutcomeKind::ServerError);
  limit_.handle_latency(world_.now() - attempt->begun);
  if (attempt->reused) member.trust.handle_reuse_ok(attempt->idle_age);
  const KeepAlive& keep_alive = server.keep_alive();
  if (keep_alive.announced) {
    member.trust.handle_keep_alive_header(std::chrono::duration_cast<std::chrono::seconds>(keep_alive.timeout));
  }
  const Duration kept = world_.chance(keep_alive.early_close) ? world_.between(0ms, 2ms) : keep_alive.timeout;
  const Instant answered = world_.now() - Server::kTrip;
  if (member.idle.size() < 8) {
    member.idle.push_back({.since = world_.now(), .closes_at = answered + kept, .life = server.life()});
  }
  const SharedRequest request = attempt->request.lock();
  finish(*request, 0);
}

void DataLoop::handle_failure(const SharedTry& attempt, Failure failure) {
  const SharedRequest request = attempt->request.lock();
  if (!attempt->awaited || !request) return;
  const Server& server = *attempt->server;
  if (failure == Failure::ConnectRefused) note(server, OutcomeKind::ConnectRefused);
  if (failure == Failure::ConnectTimeout) note(server, OutcomeKind::ConnectTimeout);
  if (failure == Failure::FreshReset) note(server, OutcomeKind::Reset);
  if (failure == Failure::ReusedClosed) {
    members_[&server].trust.handle_reuse_failed(world_.now(), attempt->idle_age);
    std::erase(request->asked, &server);
  }
  const core::retry::Situation situation{.failure = failure,
                                         .request = request->repeatability,
                                         .bytes_sent = attempt->bytes_sent,
                                         .tries = request->tries,
                                         .tries_in_flight = static_cast<std::uint32_t>(request->awaited.size() - 1),
                                         .other_member = another_can(*request, server),
                                         .same_member = may_take(server),
                                         .may_queue = world_.now() < request->begun + kQueueTimeout};
  core::retry::Decision decision = core::retry::decide(situation);
  if (decision.spends_budget && !budget_.try_spend(world_.now())) {
    ++counts_.budget_refusals;
    request->budget_refused = true;
    decision = core::retry::decide_without_budget(situation);
  } else if (decision.spends_budget) {
    witness_.see_spent(index_);
  }
  const bool goes_on = failure == Failure::FirstByteLate && decision.verdict != Verdict::RetryElsewhere;
  if (!goes_on) give_up(*request, attempt);
  act(request, attempt, decision);
}

void DataLoop::act(const SharedRequest& request, const SharedTry& attempt, const core::retry::Decision& decision) {
  switch (decision.verdict) {
    case Verdict::Wait:
      return;
    case Verdict::Fail:
      return finish(*request, decision.status);
    case Verdict::Queue:
      return queue(request, decision.delay);
    case Verdict::RetrySameMemberFresh:
      ++counts_.retries;
      return start_try(request, *attempt->server, true);
    case Verdict::RetryElsewhere:
      ++counts_.retries;
      return try_any(request, attempt->server);
    case Verdict::Hedge:
      // Between the decision and here nothing has happened, but backups may be all that is left.
      if (Server* server = pick(*request, attempt->server)) {
        ++counts_.hedges;
        start_try(request, *server, true);
      }
      return;
  }
}

void DataLoop::give_up(Request& request, const SharedTry& attempt) {
  attempt->awaited = false;
  --members_[attempt->server].active;
  std::erase(request.awaited, attempt);
}

void DataLoop::queue(const SharedRequest& request, Duration delay) {
  ++counts_.queued;
  request->asked.clear();
  world_.after(delay, [this, request] {
    if (!request->done) try_any(request, nullptr);
  });
}

void DataLoop::finish(Request& request, std::uint16_t failed_with) {
  request.done = true;
  while (!request.awaited.empty()) give_up(request, SharedTry(request.awaited.back()));
  requests_.erase(request.id);  // the caller still holds it
  if (failed_with == 0) {
    ++counts_.answered;
    return;
  }
  ++(request.repeatability == Repeatability::Safe ? counts_.failed_safe : counts_.failed_other);
  witness_.see_failure(request, failed_with);
}

// Failures travel at once, good news within a tenth of a second.
void DataLoop::note(const Server& server, OutcomeKind kind) {
  if (!outcomes_.empty() && outcomes_.back().member == server.name() && outcomes_.back().kind == kind) {
    ++outcomes_.back().count;
  } else {
    outcomes_.push_back({.member = server.name(), .kind = kind});
  }
  if (kind != OutcomeKind::Ok) return flush();
  if (std::exchange(flush_armed_, true)) return;
  world_.after(100ms, [this] { flush(); });
}

void DataLoop::flush() {
  flush_armed_ = false;
  if (outcomes_.empty()) return;
  world_.after(100us, [this, batch = std::exchange(outcomes_, {})] { report_(batch); });
}

void Counts::add(const Counts& other) {
  requests += other.requests;
  answered += other.answered;
  failed_safe += other.failed_safe;
  failed_other += other.failed_other;
  retries += other.retries;
  hedges += other.hedges;
  queued += other.queued;
  stale_connections += other.stale_connections;
  budget_refusals += other.budget_refusals;
  faults += other.faults;
  ejections += other.ejections;
  downs += other.downs;
  fail_opens += other.fail_opens;
}

}  // namespace stead::sim
