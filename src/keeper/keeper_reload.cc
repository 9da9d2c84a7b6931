// Another configuration: tried in full before anything changes, then given to the worker, and in effect only when the
// worker has said so. At every step before that, dropping the Reload undoes it.
//
//   load and check ─► open new listeners ─► Apply ─► Applied ─► close the listeners that are gone
#include <utility>

#include "config/diff.h"
#include "keeper/keeper.h"

namespace stead::keeper {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

std::unexpected<Error> explain(const std::vector<ListenerFailure>& failures) {
  std::string text;
  for (const ListenerFailure& failed : failures) {
    if (!text.empty()) text += "; ";
    text += "listener " + failed.name + " cannot be opened: " + failed.why;
  }
  return failure(std::move(text));
}

}  // namespace

void Keeper::begin_reload(const ControlServer::Asked& asked) {
  Result<Reload> reload = prepare_reload(asked);
  if (reload) return begin_apply(std::move(*reload));
  const std::string& why = reload.error().message;
  // Diagnostics, with colours perhaps, are for whoever asked; without anybody, for the log.
  const bool diagnostics = why.ends_with('\n');
  if (diagnostics && asked.client != 0) {
    log_.error("the reload is refused, the old configuration stays; `stead check {}` says why", options_.file);
  } else {
    log_.error("the reload is refused, the old configuration stays:{}{}", diagnostics ? "\n" : " ", why);
  }
  answer(asked.client, false, why);
}

Result<Keeper::Reload> Keeper::prepare_reload(const ControlServer::Asked& asked) {
  Result<Loaded> loaded = load_file(options_.file, options_.node, asked.request.colour);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  const config::Difference difference = config::diff(deployment_.loaded.config, loaded->config);
  Reload reload;
  reload.client = asked.client;
  reload.words = joined(config::in_words(difference)) + loaded->warnings;
  reload.new_worker = difference.needs_new_worker;
  if (reload.new_worker) reload.words += "  a new worker has taken over\n";
  reload.staged = listeners_.stage(loaded->listeners, bind_listener);
  // What could not be opened before is no reason to refuse what else has changed.
  const std::vector<ListenerFailure> failures = reload.staged.new_failures(listeners_.failures());
  if (!failures.empty() || reload.staged.open.empty()) {
    return explain(failures.empty() ? reload.staged.failures : failures);
  }
  Result<net::SharedFd> access_log = open_access_log(loaded->config.log.access);
  if (!access_log) return std::unexpected(std::move(access_log.error()));
  Result<Deployment> next = prepare_deployment(std::move(*loaded), last_generation_ + 1);
  if (!next) return std::unexpected(std::move(next.error()));
  reload.next = std::move(*next);
  reload.next.access_log = std::move(*access_log);
  return reload;
}

void Keeper::begin_apply(Reload reload) {
  last_generation_ = reload.next.generation;
  reload.deadline = now_ + kAnswerPatience;
  notifier_.reloading(now_);
  // Between two workers nobody has to agree: the next one starts with it.
  if (supervisor_->current() == nullptr) return finish_reload(std::move(reload));
  const Result<> told =
      reload.new_worker
          ? supervisor_->start_candidate(start_of(reload.next, reload.staged.open, options_, files_), now_)
          : supervisor_->apply({.assignment = assignment_of(reload.next, reload.staged.open)});
  if (!told) return fail_reload(reload, told.error().message);
  job_ = std::move(reload);
}

void Keeper::finish_reload(Reload done) {
  job_ = std::monostate();
  deployment_ = std::move(done.next);
  listeners_.commit(std::move(done.staged));
  supervisor_->set_limits(now_, watch_of(deployment_), deployment_.loaded.config.timeouts.drain);
  supervisor_->set_start(start_of(deployment_, listeners_.open(), options_, files_));
  if (done.new_worker && supervisor_->candidate() != nullptr) supervisor_->promote_candidate(now_);
  if (vips_) apply_vips();
  log_.set_level(log_level(deployment_.loaded.config.log.level));
  notifier_.ready(summary());
  const std::string text = "reloaded (configuration " + std::to_string(deployment_.generation) + ")" +
                           (done.words.empty() ? ": nothing has changed" : ":\n" + done.words);
  log_.write(LogLevel::Info, text);
  answer(done.client, true, text);
}

void Keeper::fail_reload(const Reload& failed, const std::string& why) {
  const ClientId client = failed.client;
  if (failed.new_worker) supervisor_->drop_candidate(now_);
  job_ = std::monostate();  // and with it whatever the reload had opened
  log_.error("the reload failed, the old configuration stays: {}", why);
  notifier_.ready(summary());
  answer(client, false, why + "; the old configuration stays");
}

// Those that failed when we started, or when they were added: the network may have come up, the other program gone.
void Keeper::retry_listeners() {
  const std::vector<config::Listener>& wanted = deployment_.loaded.listeners;
  if (!idle() || listeners_.complete(wanted)) return;
  StagedListeners staged = listeners_.stage(wanted, bind_listener);
  if (staged.opened.empty()) return listeners_.commit(std::move(staged));
  Reload reload;
  reload.next = deployment_;
  reload.next.generation = last_generation_ + 1;
  for (const std::string& name : staged.opened) reload.words += "  listener " + name + " could be opened\n";
  reload.staged = std::move(staged);
  begin_apply(std::move(reload));
}

// What rotates logs has moved the file away. Everything else stays as it is: the file with the configuration may be
// in the middle of a change.
void Keeper::reopen_access_log() {
  reopen_log_ = false;
  Result<net::SharedFd> access_log = open_access_log(deployment_.loaded.config.log.access);
  if (!access_log) return log_.error("the access log is not opened anew: {}", access_log.error().message);
  take_access_log(std::move(*access_log), "  the access log is opened anew\n");
}

// It could not be opened when we started, which was said then: its folder may have come, or its disk.
void Keeper::retry_access_log() {
  if (!idle() || deployment_.access_log || deployment_.loaded.config.log.access == "off") return;
  Result<net::SharedFd> access_log = open_access_log(deployment_.loaded.config.log.access);
  if (access_log) take_access_log(std::move(*access_log), "  the access log could be opened\n");
}

void Keeper::take_access_log(net::SharedFd access_log, std::string words) {
  Reload reload;
  reload.next = deployment_;
  reload.next.generation = last_generation_ + 1;
  reload.next.access_log = std::move(access_log);
  reload.words = std::move(words);
  reload.staged = listeners_.stage(deployment_.loaded.listeners, bind_listener);
  begin_apply(std::move(reload));
}

}  // namespace stead::keeper
