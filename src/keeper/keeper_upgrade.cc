// Another binary, the one that is at our path now: tried first, then as the new worker, then as ourselves. Whatever
// fails, those that serve go on.
//
//   trial: can it read our state? ─► new worker, Applied ─► the old worker hands over ─► execve()
//
// The trial comes first, and the handover as soon as the new worker serves: there is no step after which clients of the
// new worker would have to be sent away again.
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "keeper/keeper.h"
#include "keeper/takeover.h"
#include "net/memfd.h"

namespace stead::keeper {

void Keeper::begin_upgrade(ClientId client) {
  log_.info("upgrading to what is at {} now", options_.program);
  job_ = Upgrade{.client = client, .trial = {}, .deadline = now_ + kTrialPatience};
  const Result<TakeoverState> state = takeover_state(0);
  if (!state) return fail_upgrade(state.error().message);
  const Result<net::UniqueFd> memfd = write_takeover(encode(*state));
  if (!memfd) return fail_upgrade(memfd.error().message);
  Result<net::Process> trial = net::spawn({.path = options_.program,
                                           .arguments = {"stead", "takeover-check"},
                                           .environment = child_environment(),
                                           .channel = memfd->get()});
  if (!trial) return fail_upgrade(trial.error().message);
  std::get<Upgrade>(job_).trial = std::move(*trial);
}

void Keeper::handle_trial(int status) {
  Upgrade& upgrade = std::get<Upgrade>(job_);
  upgrade.trial = {};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail_upgrade("the new binary cannot go on where this one is: it " + net::describe_exit(status));
  }
  // Without a worker there is nothing to hand over, and perhaps the new binary is what will make it live.
  if (!supervisor_->serving()) return finish_upgrade();
  upgrade.deadline = now_ + core::supervise::WorkerWatch::kStartupLimit;
  const Result<> started =
      supervisor_->start_candidate(start_of(deployment_, listeners_.open(), options_, files_), now_);
  if (!started) fail_upgrade(started.error().message);
}

void Keeper::finish_upgrade() {
  const ClientId client = std::get<Upgrade>(job_).client;
  if (supervisor_->candidate() != nullptr) supervisor_->promote_candidate(now_);
  const Result<TakeoverState> state = takeover_state(client);
  if (!state) return fail_upgrade(state.error().message);
  const net::Packet packet = encode(*state);
  const Result<net::UniqueFd> memfd = write_takeover(packet);
  if (!memfd) return fail_upgrade(memfd.error().message);
  notifier_.reloading(now_);
  suspend_vips();
  // The file is there for whoever looks at the list of processes; what counts is in the state.
  const Error error = become(
      options_.program, {"stead", "run", options_.file, "--takeover", std::to_string(memfd->get())}, packet, *memfd);
  fail_upgrade(error.message + " (the worker is a new one, the keeper is not)");
}

void Keeper::fail_upgrade(const std::string& why) {
  const ClientId client = std::get<Upgrade>(job_).client;
  job_ = std::monostate();
  supervisor_->drop_candidate(now_);
  log_.error("the upgrade failed: {}", why);
  notifier_.ready(summary());
  answer(client, false, "the upgrade failed, and Stead goes on as it was: " + why);
}

Result<TakeoverState> Keeper::takeover_state(ClientId client) const {
  TakeoverState state{.options = options_,
                      .found_node = deployment_.loaded.node,
                      .generation = deployment_.generation,
                      .started = started_,
                      .listeners = listeners_.open(),
                      .next_listener_id = listeners_.next_id(),
                      .workers = {},
                      .bad_tracks = tracks_.bad(),
                      .config = deployment_.loaded.text,
                      .health = nullptr,
                      .access_log = deployment_.access_log,
                      .lock = files_.lock,
                      .control = files_.control,
                      .admin = files_.admin,
                      .orphan = files_.orphan,
                      .client = control_->client_socket(client)};
  for (const WorkerProcess& worker : supervisor_->workers()) {
    Result<WorkerRecord> record = record_of(worker);
    if (!record) return std::unexpected(std::move(record.error()));
    state.workers.push_back(std::move(*record));
  }
  if (supervisor_->health().empty()) return state;
  Result<net::UniqueFd> health = net::text_memfd("stead-health", supervisor_->health());
  if (!health) return std::unexpected(std::move(health.error()));
  state.health = net::share(std::move(*health));
  return state;
}

}  // namespace stead::keeper
