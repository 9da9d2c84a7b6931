#include "worker/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>
#include <variant>

#include "keeper/orphan.h"
#include "net/clock.h"
#include "net/memfd.h"

namespace stead::worker {

namespace http = service::http;
using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kBeatEvery{50};
constexpr std::chrono::seconds kSampleEvery{1};
// Changes of health come in groups: one State for each group.
constexpr std::chrono::milliseconds kStateDelay{100};

// What the worker before left, as far as it can be read.
HealthState earlier_state(const keeper::Start& start, Logger& log) {
  if (!start.health) return {};
  const Result<std::string> blob = net::read_text(raw(start.health), keeper::kMaxState);
  Result<HealthState> state = blob ? decode_health_state(*blob) : std::unexpected(blob.error());
  if (state) return std::move(*state);
  log.warn("members start without their history: {}", state.error().message);
  return {};
}

}  // namespace

struct Worker::Predecessor {
  Predecessor(boost::asio::io_context& loop, net::SharedFd its_socket)
      : socket(std::move(its_socket)), watch(loop, raw(socket)) {}
  ~Predecessor() { static_cast<void>(watch.release()); }
  Predecessor(const Predecessor&) = delete;
  Predecessor& operator=(const Predecessor&) = delete;

  net::SharedFd socket;
  stream_descriptor watch;  // does not own it
  std::uint32_t connections = 0;
};

Worker::Worker(Logger& log, WorkerOptions options, keeper::Beats& beats, const http::LedgerMemory& ledger)
    : log_(log),
      options_(std::move(options)),
      started_(net::steady_now()),
      beats_(beats),
      beat_timer_(loop_),
      sample_timer_(loop_),
      state_timer_(loop_),
      signals_(loop_, SIGTERM, SIGINT),
      orphan_watch_(loop_),
      link_(loop_, {.message = [this](keeper::ToWorker message) { handle(std::move(message)); },
                    .gone = [this] { handle_keeper_gone(); },
                    .complain = [this](const std::string& complaint) { log_.error("{}", complaint); }}),
      serving_(
          loop_, log, beats, ledger,
          {.loops = options_.loops,
           .seed = options_.seed,
           .state_changed = [this] { state_changed(); },
           .idle_pools_changed = [this] { send_idle_pools(); },
           .metrics_controls = {.status = [this] { return status(); }, .drain = {}, .ready = {}, .set_weight = {}}}) {}

int Worker::run(net::MessageSocket channel) {
  link_.connect(std::move(channel));
  handle_signal();
  beat();
  const keeper::Assignment& assignment = options_.start.assignment;
  generation_ = assignment.generation;
  node_ = assignment.node;
  serving_.apply(std::move(options_.config), assignment, earlier_state(options_.start, log_));
  options_.start.assignment = {};  // or its listeners would stay open when a reload removes them
  arm_sampling();
  serve_admin();
  send_idle_pools();
  link_.send(keeper::Applied{.generation = generation_, .loops = serving_.loops().count()});
  loop_.run();
  return 0;
}

// Orders of the keeper.

void Worker::handle(keeper::ToWorker message) {
  std::visit([this](const auto& one) { handle(one); }, message);
}

void Worker::handle(const keeper::Start&) { log_.error("the keeper sent a second start; it is ignored"); }

void Worker::handle(const keeper::Apply& apply) {
  const keeper::Assignment& assignment = apply.assignment;
  if (ending_) return link_.send(keeper::Refused{.generation = assignment.generation, .text = "the worker is ending"});
  Result<config::Config> config = read_config(assignment);
  if (!config) {
    log_.error("configuration {} is refused, {} stays: {}", assignment.generation, generation_, config.error().message);
    return link_.send(keeper::Refused{.generation = assignment.generation, .text = config.error().message});
  }
  serving_.apply(std::move(*config), assignment);
  generation_ = assignment.generation;
  node_ = assignment.node;
  log_.info("configuration {} is in effect", generation_);
  send_idle_pools();
  link_.send(keeper::Applied{.generation = generation_, .loops = serving_.loops().count()});
}

void Worker::handle(const keeper::Inherit& inherit) {
  if (inherit.from == keeper::Inherit::From::Holder) return inherit_from_holder(inherit);
  if (!inherit.socket) return log_.error("nothing can be taken over: the keeper sent no socket");
  read_from_predecessor(std::make_shared<Predecessor>(loop_, inherit.socket));
}

void Worker::inherit_from_holder(const keeper::Inherit& inherit) {
  const auto inherited = http::inherit_from_holder(raw(inherit.socket), raw(inherit.ledger), serving_.loops().loops());
  if (!inherited) return log_.error("the connections of the worker before are lost: {}", inherited.error().message);
  log_.info("took over {} connections of a dead worker, sent {} requests again; {} could not be continued",
            inherited->connections, inherited->replayed, inherited->ended);
}

void Worker::read_from_predecessor(const std::shared_ptr<Predecessor>& predecessor) {
  predecessor->watch.async_wait(stream_descriptor::wait_read, [this, predecessor](const error_code& error) {
    if (error) return;
    const auto progress = http::inherit_from_worker(raw(predecessor->socket), serving_.loops().loops());
    if (!progress) return log_.error("taking over connections failed: {}", progress.error().message);
    predecessor->connections += progress->connections;
    if (!progress->ended) return read_from_predecessor(predecessor);
    log_.info("took over {} connections", predecessor->connections);
  });
}

void Worker::handle(const keeper::HandOver& hand_over) {
  if (!begin_end()) return;
  successor_ = hand_over.socket;
  admin_.reset();  // the successor answers there
  log_.info("handing over");
  serving_.loops().hand_over(raw(successor_), net::steady_now() + std::chrono::milliseconds(hand_over.deadline_ms),
                             on_loop_ended());
  serving_.close_listeners();
}

void Worker::handle(const keeper::Drain& drain) {
  if (!begin_end()) return;
  log_.info("draining for up to {} ms", drain.deadline_ms);
  serving_.loops().drain(net::steady_now() + std::chrono::milliseconds(drain.deadline_ms), on_loop_ended());
  serving_.close_listeners();
}

void Worker::handle(const keeper::Moved& moved) {
  serving_.dismiss(moved.addresses, net::steady_now() + std::chrono::milliseconds(moved.deadline_ms));
}

// The end.

bool Worker::begin_end() {
  if (std::exchange(ending_, true)) {
    log_.warn("told to end while ending; the first order stands");
    return false;
  }
  return true;
}

DataLoops::Ended Worker::on_loop_ended() {
  return [this](http::DrainReport report) {  // on the loop's thread
    boost::asio::post(loop_, [this, report] {
      cut_ += report.cut;
      ended_loops_.push_back(report.index);
      if (ended_loops_.size() == serving_.loops().count()) end();
    });
  };
}

void Worker::end() {
  serving_.flush_log();
  // What others wait for the end of is closed here, and not by the process's end: the holder shares the descriptors,
  // and lives a little longer.
  successor_.reset();
  if (cut_ > 0) log_.warn("{} requests were cut at the deadline", cut_);
  send_state();
  link_.send(keeper::Drained{.cut = cut_});
  link_.disconnect();
  loop_.stop();
}

// Without a keeper.

void Worker::handle_keeper_gone() {
  log_.error("the keeper is gone; traffic goes on. `stead run` with the same --run-dir takes over");
  if (successor_) return;  // which has the listeners, and answers the next keeper
  if (!options_.start.orphan || orphan_watch_.is_open()) return;
  // A descriptor of its own for the watch, which would close what it is given.
  orphan_watch_.assign(::fcntl(raw(options_.start.orphan), F_DUPFD_CLOEXEC, 0));
  wait_for_keeper();
}

void Worker::wait_for_keeper() {
  orphan_watch_.async_wait(stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    const keeper::Orphan self{
        .version = options_.version, .pid = getpid(), .generation = generation_, .listeners = serving_.listeners()};
    std::optional<net::MessageSocket> channel = keeper::accept_keeper(raw(options_.start.orphan), self);
    if (!channel) return wait_for_keeper();
    orphan_watch_.close();
    log_.info("a new keeper has come");
    link_.connect(std::move(*channel));
    send_state();
    send_idle_pools();
  });
}

// With a keeper, signals are its business: it hears the same ones (Ctrl-C goes to the whole group) and sends Drain.
void Worker::handle_signal() {
  signals_.async_wait([this](const error_code& error, int) {
    if (error) return;
    if (!link_.connected()) {
      const auto patience = std::chrono::ceil<std::chrono::milliseconds>(serving_.config().timeouts.drain);
      handle(keeper::Drain{.deadline_ms = static_cast<std::uint32_t>(patience.count())});
    }
    handle_signal();
  });
}

// Regular work.

void Worker::beat() {
  const std::int64_t now = net::steady_now().time_since_epoch().count();
  beats_.cell(0)->store(now, std::memory_order_relaxed);
  // A loop that has done its part of the end is silent, but not stuck.
  for (const std::uint32_t index : ended_loops_) beats_.cell(1 + index)->store(now, std::memory_order_relaxed);
  serving_.tick();
  beat_timer_.expires_after(kBeatEvery);
  beat_timer_.async_wait([this](const error_code& error) {
    if (!error) beat();
  });
}

void Worker::arm_sampling() {
  serving_.sample(net::steady_now());
  sample_timer_.expires_after(kSampleEvery);
  sample_timer_.async_wait([this](const error_code& error) {
    if (!error) arm_sampling();
  });
}

void Worker::state_changed() {
  if (std::exchange(state_due_, true)) return;
  state_timer_.expires_after(kStateDelay);
  state_timer_.async_wait([this](const error_code& error) {
    if (!error && state_due_) send_state();
  });
}

void Worker::send_state() {
  state_due_ = false;
  link_.send(keeper::State{.blob = encode(serving_.state())});
}

void Worker::send_idle_pools() { link_.send(keeper::IdlePools{.names = serving_.idle_pools()}); }

void Worker::serve_admin() {
  if (!options_.start.admin) return;
  net::UniqueFd socket(::fcntl(raw(options_.start.admin), F_DUPFD_CLOEXEC, 0));
  admin_.emplace(loop_,
                 [controls = controls()](const admin::Request& request) { return admin::answer(request, controls); });
  if (const auto served = admin_->serve(std::move(socket)); !served) {
    log_.error("`stead status` and its kin do not work: {}", served.error().message);
  }
}

// The keeper has what the operator ordered before the operator hears that it is done: it must outlive this process.
admin::Controls Worker::controls() {
  const auto key_of = service::check::member_key;
  return {.status = [this] { return status(); },
          .drain =
              [this, key_of](const std::string& pool, const std::string& member) {
                serving_.health().drain(pool, key_of(pool, member));
                log_.info("{}/{} is drained by the operator", pool, member);
                send_state();
              },
          .ready =
              [this, key_of](const std::string& pool, const std::string& member) {
                serving_.health().ready(pool, key_of(pool, member));
                log_.info("{}/{} is made ready by the operator", pool, member);
                send_state();
              },
          .set_weight =
              [this, key_of](const std::string& pool, const std::string& member, std::optional<std::uint32_t> weight) {
                serving_.health().set_weight(pool, key_of(pool, member), weight);
                log_.info("{}/{} gets {} by the operator", pool, member,
                          weight ? "weight " + std::to_string(*weight) : "the file's weight again");
                send_state();
              }};
}

admin::Status Worker::status() const {
  const Instant now = net::steady_now();
  admin::Status status = serving_.status(now);
  status.node = node_;
  status.version = options_.version;
  status.pid = getpid();
  status.generation = generation_;
  status.uptime = now - started_;
  status.keeper_gone = !link_.connected();
  status.draining = ending_;
  // What a keeper has said that is gone now is no longer so.
  if (link_.connected()) status.keeper_metrics = keeper_metrics_;
  return status;
}

}  // namespace stead::worker
