// How a keeper comes to be: from a file, or from the older version of itself that this process was a moment ago.
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "config/address.h"
#include "keeper/keeper.h"
#include "keeper/orphan.h"
#include "keeper/run_dir.h"
#include "net/clock.h"
#include "net/listen.h"
#include "net/memfd.h"

namespace stead::keeper {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // there is no other thread
  return value == nullptr ? std::string() : std::string(value);
}

// An adopted worker sends what it knows of the members right after the answer; the next worker should have that.
void wait_for_state(const WorkerProcess& worker) {
  pollfd entry{.fd = worker.channel.fd(), .events = POLLIN, .revents = 0};
  poll(&entry, 1, 200);
}

}  // namespace

Result<> Keeper::prepare_process() {
  // What we were started with beyond the standard streams is nobody's business in our children.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  Result<Signals> signals = Signals::open();
  if (!signals) return std::unexpected(std::move(signals.error()));
  signals_ = std::move(*signals);
  // The holders of dead workers become our children, so that we can see them off.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return failure_errno("become the reaper of our workers' children");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);  // workers inherit it; if it fails, the old limit is no reason not to serve
  }
  Result<net::Notifier> notifier = net::Notifier::open(variable("NOTIFY_SOCKET"));
  if (notifier) {
    notifier_ = std::move(*notifier);
  } else {
    log_.error("the service manager cannot be told how we are: {}", notifier.error().message);
  }
  watchdog_ = net::watchdog_interval(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"), getpid());
  now_ = net::steady_now();
  started_ = now_;
  return {};
}

Result<> Keeper::start() {
  Result<Loaded> loaded = load_file(options_.file, options_.node, isatty(STDERR_FILENO) == 1);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  log_.set_level(log_level(loaded->config.log.level));
  if (!loaded->warnings.empty()) log_.write(LogLevel::Warn, loaded->warnings);
  if (Result<> named = check_run_dir_name(options_.run_dir); !named) return named;
  if (Result<> made = prepare_dir(options_.run_dir); !made) return made;
  Result<net::UniqueFd> lock = lock_run_dir(options_.run_dir);
  if (!lock) return std::unexpected(std::move(lock.error()));
  if (Result<> prepared = prepare_process(); !prepared) return prepared;
  make_supervisor();
  log_.info("stead {}: {}{}{}, run dir {}", options_.version, options_.file, loaded->node.empty() ? "" : ", node ",
            loaded->node, options_.run_dir);

  if (Result<> adopted = adopt_orphan_worker(); !adopted) return adopted;
  if (Result<> opened = open_listeners(*loaded); !opened) return opened;
  Result<RunFiles> files = open_run_files(options_.run_dir, std::move(*lock));
  if (!files) return std::unexpected(std::move(files.error()));
  files_ = std::move(*files);

  Result<Deployment> deployment = prepare_deployment(std::move(*loaded), ++last_generation_);
  if (!deployment) return std::unexpected(std::move(deployment.error()));
  deployment_ = std::move(*deployment);
  Result<net::SharedFd> access_log = open_access_log(deployment_.loaded.config.log.access);
  if (!access_log) log_.error("there is no access log until it can be opened: {}", access_log.error().message);
  deployment_.access_log = access_log.value_or(nullptr);
  begin_supervision();
  return {};
}

void Keeper::begin_supervision() {
  control_.emplace(files_.control);
  supervisor_->set_limits(now_, watch_of(deployment_), deployment_.loaded.config.timeouts.drain);
  supervisor_->set_start(start_of(deployment_, listeners_.open(), options_, files_));
  listener_retry_due_ = now_ + kListenerRetry;
}

// A worker that serves without a keeper has the listening sockets: without it we could not have them.
Result<> Keeper::adopt_orphan_worker() {
  Result<std::optional<AdoptedOrphan>> adopted =
      adopt_orphan(orphan_socket(options_.run_dir), {.version = options_.version, .pid = getpid()});
  if (!adopted) {
    return std::unexpected(std::move(adopted.error())
                               .within("a worker that lost its keeper runs in " + options_.run_dir +
                                       ", but does not answer (end it with SIGTERM, then start again)"));
  }
  if (!*adopted) return {};
  Orphan& orphan = (*adopted)->orphan;
  WorkerProcess worker;
  Result<net::Process> process = net::find_process(orphan.pid);
  if (!process) return std::unexpected(std::move(process.error()));
  worker.process = std::move(*process);
  worker.channel = std::move((*adopted)->channel);
  worker.version = orphan.version;
  for (ListenerSocket& listener : orphan.listeners) {
    const std::string where = net::local_address(net::raw(listener.socket));
    const config::HostPort parts = config::split_host_port(where);
    if (parts.error) continue;
    listeners_.adopt(std::move(listener.socket), {.address = std::string(parts.host), .port = parts.port},
                     listener.name);
  }
  last_generation_ = orphan.generation;
  wait_for_state(worker);
  supervisor_->adopt(std::move(worker));
  for (const WorkerProcess& one : supervisor_->workers()) supervisor_->handle_channel(one.serial, now_);
  return {};
}

Result<> Keeper::open_listeners(const Loaded& loaded) {
  StagedListeners staged = listeners_.stage(loaded.listeners, bind_listener);
  if (staged.open.empty() && !loaded.listeners.empty()) {
    std::string text = "no listener can be opened, so there is nothing to serve";
    for (const ListenerFailure& failed : staged.failures) text += "\n  " + failed.name + ": " + failed.why;
    return failure(std::move(text));
  }
  for (const ListenerFailure& failed : staged.failures) {
    log_.error("listener {} cannot be opened, and is tried again every second: {}", failed.name, failed.why);
  }
  listeners_.commit(std::move(staged));
  return {};
}

Result<> Keeper::resume(TakeoverState state) {
  const std::string before = std::exchange(state.options.version, options_.version);
  options_ = std::move(state.options);
  Result<Loaded> loaded = load_text(options_.file, std::move(state.config), state.found_node, false);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  log_.set_level(log_level(loaded->config.log.level));
  if (Result<> prepared = prepare_process(); !prepared) return prepared;
  started_ = state.started;
  Result<Deployment> deployment = prepare_deployment(std::move(*loaded), state.generation);
  if (!deployment) return std::unexpected(std::move(deployment.error()));
  deployment_ = std::move(*deployment);
  deployment_.access_log = state.access_log;
  last_generation_ = state.generation;
  files_ = {.lock = state.lock, .control = state.control, .admin = state.admin, .orphan = state.orphan};
  earlier_bad_tracks_ = std::move(state.bad_tracks);
  listeners_.restore(std::move(state.listeners), state.next_listener_id);
  if (Result<> restored = restore_workers(state); !restored) return restored;
  begin_supervision();
  ready_ = true;

  const std::string text = "stead " + before + " is now " + options_.version + ": " + summary();
  log_.info("{}", text);
  notifier_.ready(summary());
  if (state.client) answer(control_->restore_client(state.client), true, text);
  return {};
}

Result<> Keeper::restore_workers(const TakeoverState& state) {
  std::vector<WorkerProcess> workers;
  for (const WorkerRecord& record : state.workers) {
    Result<WorkerProcess> worker = worker_of(record);
    if (!worker) return std::unexpected(std::move(worker.error()));
    workers.push_back(std::move(*worker));
  }
  std::string health;
  if (state.health) health = net::read_text(net::raw(state.health), kMaxState).value_or(std::string());
  make_supervisor();
  supervisor_->restore(std::move(workers), std::move(health), now_);
  return {};
}

// The binary that we are, also where another file has taken its place: what is on the disk may be broken, or half
// unpacked, and a worker that died must come back nevertheless. The one on the disk is for an upgrade that has tried
// it.
std::string Keeper::worker_program() const {
  const Upgrade* upgrade = std::get_if<Upgrade>(&job_);
  const bool tried = upgrade != nullptr && upgrade->trial.pid <= 0;
  return tried ? options_.program : "/proc/self/exe";
}

void Keeper::make_supervisor() {
  supervisor_.emplace(
      log_,
      [this](Start start, std::uint32_t serial) {
        return start_worker({.path = worker_program(), .arguments = {"stead", "worker"}}, std::move(start), serial);
      },
      now_);
}

}  // namespace stead::keeper
