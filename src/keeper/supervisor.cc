#include "keeper/supervisor.h"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "net/memfd.h"

namespace stead::keeper {

using core::supervise::CrashLoop;
using core::supervise::Kill;
using core::supervise::Spawn;

namespace {

std::uint32_t milliseconds(Duration duration) {
  const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, UINT32_MAX));
}

std::string_view name(WorkerRole role) {
  switch (role) {
    case WorkerRole::Current:
      return "worker";
    case WorkerRole::Candidate:
      return "new worker";
    case WorkerRole::Adopted:
      return "adopted worker";
    case WorkerRole::Leaving:
      return "leaving worker";
  }
  return "worker";
}

}  // namespace

Supervisor::Supervisor(Logger& log, Launch launch, Instant now)
    : log_(log), launch_(std::move(launch)), watch_(now, {}) {}

void Supervisor::set_limits(Instant now, core::supervise::WatchConfig config, Duration drain) {
  watch_.set_config(now, config);
  drain_ = drain;
}

const WorkerProcess* Supervisor::find(WorkerRole role) const {
  const auto found = std::ranges::find(workers_, role, &WorkerProcess::role);
  return found == workers_.end() ? nullptr : &*found;
}

WorkerProcess* Supervisor::find(WorkerRole role) { return const_cast<WorkerProcess*>(std::as_const(*this).find(role)); }

WorkerProcess* Supervisor::find_serial(std::uint32_t serial) {
  const auto found = std::ranges::find(workers_, serial, &WorkerProcess::serial);
  return found == workers_.end() ? nullptr : &*found;
}

std::optional<SupervisorEvent> Supervisor::poll_event() {
  if (events_.empty()) return std::nullopt;
  SupervisorEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Supervisor::list(PollSet& set) const {
  for (const WorkerProcess& worker : workers_) {
    if (worker.channel) set.add(worker.channel.fd(), POLLIN, Source::WorkerChannel, worker.serial);
    if (!worker.child) set.add(worker.process.pidfd.get(), POLLIN, Source::WorkerExit, worker.serial);
  }
}

// --- the watch -------------------------------------------------------------------------------------------------------

void Supervisor::handle_tick(Instant now) {
  WorkerProcess* worker = find(WorkerRole::Current);
  const bool beats = worker != nullptr && worker->serving && worker->beats;
  watch_.handle_tick(now, beats ? worker->beats->read(worker->watched) : std::span<const Instant>());
  perform_actions(now);
  for (WorkerProcess& late : workers_) {
    if (now < late.deadline) continue;
    late.cut_off = true;
    late.deadline = Instant::max();
    kill(late, "did not end in time");
  }
}

void Supervisor::perform_actions(Instant now) {
  while (auto action = watch_.poll_action()) {
    std::visit([&](const auto& one) { perform(one, now); }, *action);
  }
}

void Supervisor::perform(const Spawn&, Instant now) {
  Result<WorkerProcess> worker = launch_(complete(start_), next_serial_++);
  if (!worker) {
    log_.error("no worker can be started: {}", worker.error().message);
    return watch_.handle_exit(now);
  }
  log_.info("worker {} started", worker->pid());
  worker->role = WorkerRole::Current;
  workers_.push_back(std::move(*worker));
  watch_.handle_started(now);
}

void Supervisor::perform(const Kill& action, Instant) {
  if (WorkerProcess* worker = find(WorkerRole::Current)) kill(*worker, action.reason);
}

void Supervisor::perform(const CrashLoop& loop, Instant) {
  log_.error("the worker has died {} times in a row; the next one starts in {} ms", loop.deaths, to_ms(loop.delay));
  // What kills one worker after the other may be in a connection that each gets from the one before.
  if (!legacies_.empty()) log_.warn("the connections that they left are given up: one of them may be the cause");
  legacies_.clear();
}

void Supervisor::kill(WorkerProcess& worker, std::string_view reason) {
  log_.error("{} {}: {}; it is killed", name(worker.role), worker.pid(), reason);
  net::send_signal(worker.process, SIGKILL);
}

// A death is answered where it is noticed, not at the next tick: clients are waiting.
void Supervisor::handle_exit(const net::Exit& exit, Instant now) {
  const auto found = std::ranges::find_if(
      workers_, [&](const WorkerProcess& worker) { return worker.child && worker.pid() == exit.pid; });
  if (found != workers_.end()) remove(*found, net::describe_exit(exit.status), now);
}

void Supervisor::handle_gone(std::uint32_t serial, Instant now) {
  if (WorkerProcess* worker = find_serial(serial)) remove(*worker, "is gone", now);
}

void Supervisor::remove(WorkerProcess& worker, const std::string& how, Instant now) {
  const std::uint32_t serial = worker.serial;
  handle_channel(serial, now);  // its last words, and its first: without Hello there is nothing to inherit
  const WorkerRole role = worker.role;
  // How an adopted one ended, only its own parent could know; all that was to be known is that it is gone.
  const bool in_order = role == WorkerRole::Leaving && (!worker.child || how == net::describe_exit(0));
  log_.write(in_order || worker.cut_off ? LogLevel::Info : LogLevel::Error,
             std::string(name(role)) + " " + std::to_string(worker.pid()) + " " + how);
  if (worker.holder && worker.ledger && !worker.cut_off && !in_order && role != WorkerRole::Candidate) {
    legacies_.push_back({worker.holder, worker.ledger});
  }
  std::erase_if(workers_, [&](const WorkerProcess& one) { return one.serial == serial; });

  if (role == WorkerRole::Current) watch_.handle_exit(now);
  if (role == WorkerRole::Current || role == WorkerRole::Candidate) events_.emplace_back(WorkerLost{role, how});
  if (serving()) bequeath();
}

// --- what workers say ------------------------------------------------------------------------------------------------

void Supervisor::handle_channel(std::uint32_t serial, Instant now) {
  // Looked up anew each time: an answer may change the list.
  for (WorkerProcess* worker = find_serial(serial); worker != nullptr && worker->channel;
       worker = find_serial(serial)) {
    Result<net::Received> received = worker->channel.receive();
    if (!received) {
      log_.error("{} {}: {}", name(worker->role), worker->pid(), received.error().message);
      if (received.error().code != 0) worker->channel = {};
      continue;
    }
    if (received->kind == net::Received::Kind::Nothing) return;
    if (received->kind == net::Received::Kind::Closed) {
      worker->channel = {};
      // It is about to end, or else it can no longer be led.
      worker->deadline = std::min(worker->deadline, now + kGrace);
      return;
    }
    Result<ToKeeper> message = decode_to_keeper(received->packet);
    if (message) {
      std::visit([&](auto&& one) { handle(*worker, std::forward<decltype(one)>(one), now); }, std::move(*message));
    } else {
      log_.error("{} {}: {}", name(worker->role), worker->pid(), message.error().message);
    }
  }
}

void Supervisor::handle(WorkerProcess& worker, Hello hello, Instant) {
  worker.version = std::move(hello.version);
  worker.holder = std::move(hello.holder);
  worker.ledger = std::move(hello.ledger);
}

void Supervisor::handle(WorkerProcess& worker, const Applied& applied, Instant now) {
  worker.watched = 1 + applied.loops;
  events_.emplace_back(WorkerApplied{worker.role, applied.generation});
  if (worker.serving) return;
  worker.serving = true;
  if (worker.role == WorkerRole::Candidate) worker.deadline = Instant::max();
  if (worker.role == WorkerRole::Current) begin_serving(worker, now);
}

void Supervisor::handle(WorkerProcess& worker, const Refused& refused, Instant) {
  events_.emplace_back(WorkerRefused{worker.role, refused.generation, refused.text});
}

void Supervisor::handle(WorkerProcess& worker, State state, Instant) {
  // Of two workers that serve at once, the current one knows best; the one that leaves knows what was.
  if (worker.role == WorkerRole::Current || current() == nullptr) health_ = std::move(state.blob);
}

void Supervisor::handle(WorkerProcess& worker, IdlePools pools, Instant) { worker.idle_pools = std::move(pools.names); }

std::optional<bool> Supervisor::pool_serves(const std::string& pool) const {
  const WorkerProcess* worker = current();
  if (worker == nullptr || !worker->serving || !worker->idle_pools) return std::nullopt;
  return std::ranges::find(*worker->idle_pools, pool) == worker->idle_pools->end();
}

void Supervisor::handle(WorkerProcess& worker, const Drained& drained, Instant) {
  if (drained.cut > 0) {
    log_.warn("{} {}: {} requests were still in flight at the deadline, and were cut", name(worker.role), worker.pid(),
              drained.cut);
  }
}

void Supervisor::begin_serving(WorkerProcess& worker, Instant now) {
  watch_.handle_ready(now);
  bequeath();
  for (WorkerProcess& other : workers_) {
    if (other.role == WorkerRole::Adopted) hand_over(other, worker, now);
  }
}

// Our copies of the holders' sockets end here: once the worker has taken what it wants, the holders end.
void Supervisor::bequeath() {
  WorkerProcess* heir = find(WorkerRole::Current);
  for (Legacy& legacy : legacies_) {
    const Result<> sent =
        send(*heir, Inherit{.from = Inherit::From::Holder, .socket = legacy.holder, .ledger = legacy.ledger});
    if (!sent) log_.error("a dead worker's connections are lost: {}", sent.error().message);
  }
  legacies_.clear();
}

Start Supervisor::complete(Start start) const {
  if (health_.empty()) return start;
  Result<net::UniqueFd> health = net::text_memfd("stead-health", health_);
  if (health) {
    start.health = net::share(std::move(*health));
  } else {
    log_.warn("the new worker starts without what is known of the members: {}", health.error().message);
  }
  return start;
}

// --- commands --------------------------------------------------------------------------------------------------------

Result<> Supervisor::apply(Apply apply) {
  WorkerProcess* worker = find(WorkerRole::Current);
  if (worker == nullptr) return failure("there is no worker at the moment");
  return send(*worker, std::move(apply));
}

void Supervisor::tell_metrics(Metrics metrics) {
  WorkerProcess* worker = find(WorkerRole::Current);
  if (worker == nullptr || !worker->serving) return;
  // One that cannot be sent is superseded by the next; a worker that takes none is judged by its heartbeat.
  [[maybe_unused]] const Result<> sent = send(*worker, std::move(metrics));
}

void Supervisor::tell_moved(const Moved& moved) {
  for (WorkerProcess& worker : workers_) {
    if (!worker.serving) continue;
    // One that does not hear it serves on; its clients are cut when the new owner no longer passes their packets on.
    [[maybe_unused]] const Result<> sent = send(worker, moved);
  }
}

void Supervisor::kill_current(std::string_view reason) {
  if (WorkerProcess* worker = find(WorkerRole::Current)) kill(*worker, reason);
}

Result<> Supervisor::start_candidate(Start start, Instant now) {
  Result<WorkerProcess> worker = launch_(complete(std::move(start)), next_serial_++);
  if (!worker) return std::unexpected(std::move(worker.error()));
  log_.info("new worker {} started beside the one that serves", worker->pid());
  worker->role = WorkerRole::Candidate;
  worker->deadline = now + core::supervise::WorkerWatch::kStartupLimit;
  workers_.push_back(std::move(*worker));
  return {};
}

void Supervisor::promote_candidate(Instant now) {
  WorkerProcess* before = find(WorkerRole::Current);
  WorkerProcess* candidate = find(WorkerRole::Candidate);
  if (before != nullptr) hand_over(*before, *candidate, now);
  candidate->role = WorkerRole::Current;
  watch_.handle_started(now);
  begin_serving(*candidate, now);
}

// One that serves has clients already: they came in by the listeners that it shares with the current one.
void Supervisor::drop_candidate(Instant now) {
  WorkerProcess* candidate = find(WorkerRole::Candidate);
  if (candidate == nullptr) return;
  if (candidate->serving) return tell_to_end(*candidate, now);
  candidate->role = WorkerRole::Leaving;
  candidate->cut_off = true;
  net::send_signal(candidate->process, SIGKILL);
}

void Supervisor::hand_over(WorkerProcess& from, WorkerProcess& to, Instant now) {
  auto ends = net::MessageSocket::pair();
  Result<> sent = ends ? Result<>() : std::unexpected(ends.error());
  if (sent)
    sent = send(to, Inherit{.from = Inherit::From::Worker, .socket = net::share(ends->first.take()), .ledger = {}});
  if (sent) {
    sent = send(from, HandOver{.socket = net::share(ends->second.take()), .deadline_ms = milliseconds(drain_)});
  }
  if (!sent) {
    log_.error("worker {} cannot hand over its connections: {}", from.pid(), sent.error().message);
    return tell_to_end(from, now);
  }
  from.role = WorkerRole::Leaving;
  from.deadline = now + drain_ + kGrace;
}

void Supervisor::tell_to_end(WorkerProcess& worker, Instant now) {
  worker.role = WorkerRole::Leaving;
  worker.deadline = std::min(worker.deadline, now + drain_ + kGrace);
  if (const Result<> sent = send(worker, Drain{.deadline_ms = milliseconds(drain_)}); !sent) {
    kill(worker, "it cannot be told to end: " + sent.error().message);
  }
}

void Supervisor::adopt(WorkerProcess worker) {
  worker.serial = next_serial_++;
  worker.role = WorkerRole::Adopted;
  worker.child = false;
  worker.serving = true;
  log_.info("worker {} has lost its keeper and is adopted; it serves until ours does", worker.pid());
  workers_.push_back(std::move(worker));
}

void Supervisor::restore(std::vector<WorkerProcess> workers, std::string health, Instant now) {
  workers_ = std::move(workers);
  health_ = std::move(health);
  for (WorkerProcess& worker : workers_) worker.serial = next_serial_++;
  const WorkerProcess* worker = current();
  if (worker == nullptr) return;
  watch_.handle_started(now);
  if (worker->serving) watch_.handle_ready(now);
}

void Supervisor::drain(Instant now) {
  watch_.handle_stop();
  start_ = {};  // and with it our last hold on the listeners
  legacies_.clear();
  for (WorkerProcess& worker : workers_) {
    if (worker.role != WorkerRole::Leaving) tell_to_end(worker, now);
    worker.deadline = std::min(worker.deadline, now + drain_ + kGrace);
  }
}

void Supervisor::kill_all() {
  watch_.handle_stop();
  start_ = {};  // and with it our last hold on the listeners
  legacies_.clear();
  for (WorkerProcess& worker : workers_) {
    worker.role = WorkerRole::Leaving;
    worker.cut_off = true;
    net::send_signal(worker.process, SIGKILL);
  }
}

}  // namespace stead::keeper
