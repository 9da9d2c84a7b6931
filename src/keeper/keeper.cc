#include "keeper/keeper.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "net/clock.h"
#include "net/listen.h"

namespace stead::keeper {

Keeper::Keeper(Logger& log, Options options)
    : log_(log), options_(std::move(options)), movers_(log), tracks_(log, [this](const std::string& pool) {
        return supervisor_ ? supervisor_->pool_serves(pool) : std::nullopt;
      }) {}

int Keeper::run() {
  // Children that ended before our signals were looked at, or before execve().
  now_ = net::steady_now();
  while (const std::optional<net::Exit> exit = net::collect_child()) handle_child(*exit);
  while (!finished()) turn();
  remove_run_files(options_.run_dir);
  if (const Stop* stop = std::get_if<Stop>(&job_)) {
    for (const ClientId client : stop->clients) answer(client, true, "stopped");
  }
  log_.info("stopped");
  return failed_ ? 1 : 0;
}

bool Keeper::finished() const {
  const Stop* stop = std::get_if<Stop>(&job_);
  if (stop == nullptr || !stop->draining || !supervisor_->workers().empty()) return false;
  return (!vips_ || vips_->stopped()) && (movers_.idle() || now_ >= stop->deadline);
}

void Keeper::turn() {
  poll_.clear();
  poll_.add(signals_->fd(), POLLIN, Source::Signals);
  control_->list(poll_);
  supervisor_->list(poll_);
  if (vips_) poll_.add(vips_->fd(), POLLIN, Source::Vips);
  tracks_.list(poll_);
  now_ = net::steady_now();
  Instant deadline = now_ + kTick;
  if (const std::optional<Instant> due = supervisor_->next_timeout()) deadline = std::min(deadline, *due);
  if (const std::optional<Instant> due = tracks_.next_timeout()) deadline = std::min(deadline, *due);
  if (const std::optional<Instant> due = movers_.next_timeout()) deadline = std::min(deadline, *due);
  const std::span<const Ready> ready = poll_.wait(now_, deadline);
  now_ = net::steady_now();
  tracks_.handle_turn(now_);
  for (const Ready& one : ready) dispatch(one);
  // In every turn, not only when a tick is due: a worker that has just died is replaced in this one.
  handle_tick();
}

void Keeper::dispatch(const Ready& ready) {
  switch (ready.source) {
    case Source::Signals:
      handle_signals();
      break;
    case Source::Control:
      control_->handle_listening(now_);
      break;
    case Source::ControlClient:
      control_->handle_client(ready.id, now_);
      break;
    case Source::WorkerChannel:
      supervisor_->handle_channel(ready.id, now_);
      break;
    case Source::WorkerExit:
      supervisor_->handle_gone(ready.id, now_);
      break;
    case Source::Vips:
      handle_vips();
      break;
    case Source::Track:
      tracks_.handle_readable(now_, ready.id);
      break;
  }
  handle_events();
  handle_requests();
}

void Keeper::handle_signals() {
  while (const std::optional<int> signal = signals_->next()) {
    switch (*signal) {
      case SIGCHLD:
        while (const std::optional<net::Exit> exit = net::collect_child()) handle_child(*exit);
        break;
      case SIGTERM:
      case SIGINT:
        begin_stop(0);
        break;
      case SIGHUP:
        waiting_.push_back({.client = 0, .request = {.command = ControlCommand::Reload, .colour = false}});
        break;
      case SIGUSR1:
        reopen_log_ = true;
        break;
      case SIGUSR2:
        waiting_.push_back({.client = 0, .request = {.command = ControlCommand::Upgrade, .colour = false}});
        break;
      default:
        break;
    }
  }
}

// A worker, the trial of a new binary, the command of a track or a vip, or the holder of a dead worker, which nobody
// waits for.
void Keeper::handle_child(const net::Exit& exit) {
  const Upgrade* upgrade = std::get_if<Upgrade>(&job_);
  if (upgrade != nullptr && upgrade->trial.pid == exit.pid) return handle_trial(exit.status);
  if (tracks_.handle_exit(now_, exit) || movers_.handle_exit(now_, exit)) return;
  supervisor_->handle_exit(exit, now_);
}

void Keeper::handle_requests() {
  while (const std::optional<ControlServer::Asked> asked = control_->poll_request()) {
    switch (asked->request.command) {
      case ControlCommand::Status:
        control_->answer(asked->client, status(), now_);
        break;
      case ControlCommand::Stop:
        begin_stop(asked->client);
        break;
      case ControlCommand::Handover:
      case ControlCommand::Takeback:
        begin_handover(*asked);
        break;
      case ControlCommand::Reload:
      case ControlCommand::Upgrade:
        waiting_.push_back(*asked);
        break;
    }
  }
  while (idle() && !waiting_.empty()) {
    const ControlServer::Asked next = waiting_.front();
    waiting_.pop_front();
    if (next.request.command == ControlCommand::Reload) begin_reload(next);
    if (next.request.command == ControlCommand::Upgrade) begin_upgrade(next.client);
  }
}

void Keeper::handle_tick() {
  supervisor_->handle_tick(now_);
  handle_events();
  control_->handle_tick(now_);
  tracks_.handle_tick(now_);
  tick_vips();
  movers_.handle_tick(now_);
  check_deadline();
  handle_requests();
  if (reopen_log_ && idle()) reopen_access_log();
  if (now_ >= listener_retry_due_) {
    listener_retry_due_ = now_ + kListenerRetry;
    retry_listeners();
    retry_access_log();
  }
  feed_watchdog();
}

// The service manager should think well of us as long as clients are served, or will be within moments: not while we
// wait before we start the next worker of a series that died.
void Keeper::feed_watchdog() {
  if (!watchdog_ || now_ < watchdog_due_) return;
  watchdog_due_ = now_ + *watchdog_;
  if (supervisor_->state() != core::supervise::WorkerWatch::State::Waiting) notifier_.watchdog();
}

void Keeper::handle_events() {
  while (const std::optional<SupervisorEvent> event = supervisor_->poll_event()) {
    std::visit([this](const auto& one) { handle(one); }, *event);
  }
}

void Keeper::handle(const WorkerApplied& applied) {
  if (!ready_ && applied.role == WorkerRole::Current) {
    ready_ = true;
    if (const Result<> published = publish_orphan_socket(options_.run_dir); !published) {
      log_.error("if the keeper is killed, the next one will not find the worker: {}", published.error().message);
    }
    log_.info("ready: {}", summary());
    notifier_.ready(summary());
  }
  if (Reload* reload = std::get_if<Reload>(&job_)) {
    const WorkerRole expected = reload->new_worker ? WorkerRole::Candidate : WorkerRole::Current;
    if (applied.role == expected && applied.generation == reload->next.generation) finish_reload(std::move(*reload));
  } else if (std::holds_alternative<Upgrade>(job_) && applied.role == WorkerRole::Candidate) {
    finish_upgrade();
  }
}

void Keeper::handle(const WorkerRefused& refused) {
  const Reload* reload = std::get_if<Reload>(&job_);
  if (reload != nullptr && refused.generation == reload->next.generation) return fail_reload(*reload, refused.text);
  if (std::holds_alternative<Upgrade>(job_) && refused.role == WorkerRole::Candidate) return fail_upgrade(refused.text);
  log_.error("the worker refuses to serve: {}", refused.text);
  if (ready_ || refused.role != WorkerRole::Current) return;
  // It has never worked, so it is not a matter of waiting: whoever started us should know.
  failed_ = true;
  begin_stop(0);
}

void Keeper::handle(const WorkerLost& lost) {
  if (const Reload* reload = std::get_if<Reload>(&job_)) {
    const WorkerRole expected = reload->new_worker ? WorkerRole::Candidate : WorkerRole::Current;
    if (lost.role == expected) fail_reload(*reload, "the worker " + lost.how + " over it");
  } else if (std::holds_alternative<Upgrade>(job_) && lost.role == WorkerRole::Candidate) {
    fail_upgrade("the new worker " + lost.how);
  }
}

void Keeper::check_deadline() {
  Stop* stop = std::get_if<Stop>(&job_);
  if (stop != nullptr && !stop->draining && stop->drain_due && now_ >= *stop->drain_due) begin_drain(*stop);
  if (const Reload* reload = std::get_if<Reload>(&job_); reload != nullptr && now_ >= reload->deadline) {
    // What it will do with the order is unknown, so it cannot stay: the next one gets the old configuration.
    if (!reload->new_worker) supervisor_->kill_current("has not answered a reload");
    fail_reload(*reload, "the worker did not answer in time");
  } else if (Upgrade* upgrade = std::get_if<Upgrade>(&job_); upgrade != nullptr && now_ >= upgrade->deadline) {
    if (upgrade->trial.pid > 0) net::send_signal(upgrade->trial, SIGKILL);
    fail_upgrade("the new binary did not answer in time");
  }
}

void Keeper::begin_stop(ClientId client) {
  if (Stop* stop = std::get_if<Stop>(&job_)) {
    stop->clients.push_back(client);
    log_.warn("told to stop again: ending at once");
    if (vips_) vips_->begin_stop();
    if (!stop->draining) begin_drain(*stop);
    stop->deadline = now_;
    supervisor_->kill_all();
    return;
  }
  if (const Reload* reload = std::get_if<Reload>(&job_)) fail_reload(*reload, "Stead is stopping");
  if (std::holds_alternative<Upgrade>(job_)) fail_upgrade("Stead is stopping");
  for (const ControlServer::Asked& asked : waiting_) answer(asked.client, false, "Stead is stopping");
  waiting_.clear();
  log_.info("stopping: no new connections; requests in flight get up to {} ms",
            to_ms(deployment_.loaded.config.timeouts.drain));
  notifier_.stopping("finishing what is in flight");
  Stop& stop = job_.emplace<Stop>(Stop{.clients = {client}});
  // First the addresses move, while everything is served as before.
  if (vips_) return vips_->begin_stop();
  begin_drain(stop);
}

void Keeper::begin_drain(Stop& stop) {
  stop.draining = true;
  stop.deadline = now_ + deployment_.loaded.config.timeouts.drain;
  listeners_.close_all();
  supervisor_->drain(now_);
}

void Keeper::answer(ClientId client, bool ok, std::string text) {
  if (client != 0) control_->answer(client, {.ok = ok, .text = std::move(text), .status = std::nullopt}, now_);
}

std::string Keeper::summary() const {
  const std::size_t count = listeners_.open().size();
  std::string text = std::to_string(count) + (count == 1 ? " listener" : " listeners");
  if (!listeners_.failures().empty())
    text += " (" + std::to_string(listeners_.failures().size()) + " could not be opened)";
  const WorkerProcess* worker = supervisor_->current();
  return worker == nullptr ? text + ", no worker" : text + ", worker " + std::to_string(worker->pid());
}

ControlReply Keeper::status() const {
  static constexpr std::array<const char*, 4> kRoles = {"current", "candidate", "adopted", "leaving"};
  static constexpr std::array<const char*, 4> kJobs = {"", "reload", "upgrade", "stop"};
  KeeperStatus status{.pid = getpid(),
                      .version = options_.version,
                      .node = deployment_.loaded.node,
                      .file = options_.file,
                      .generation = deployment_.generation,
                      .uptime_ms = to_ms(now_ - started_),
                      .worker_deaths = supervisor_->deaths(),
                      .busy = kJobs.at(job_.index()),
                      .workers = {},
                      .listeners = {}};
  for (const WorkerProcess& worker : supervisor_->workers()) {
    status.workers.push_back({.pid = worker.pid(),
                              .role = kRoles.at(static_cast<std::size_t>(worker.role)),
                              .version = worker.version,
                              .serving = worker.serving});
  }
  for (const OpenListener& listener : listeners_.open()) {
    status.listeners.push_back({listener.name, net::local_address(net::raw(listener.socket)), {}});
  }
  for (const ListenerFailure& failed : listeners_.failures()) status.listeners.push_back({failed.name, {}, failed.why});
  report_vips(status);
  return {.ok = true, .text = summary(), .status = std::move(status)};
}

}  // namespace stead::keeper
