#include "core/supervise/worker_watch.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace stead::core::supervise {
namespace {

// As the worker's log and the metrics number them: data loops from 0.
std::string loop_name(std::size_t index) {
  return index == 0 ? std::string("control loop") : "data loop " + std::to_string(index - 1);
}

}  // namespace

WorkerWatch::WorkerWatch(Instant now, WatchConfig config)
    : config_(config), due_(now), last_tick_(now), silent_since_(now) {}

void WorkerWatch::handle_started(Instant now) {
  // From any other state: an upgrade puts a new worker in the place of one that serves.
  if (state_ == State::Stopped) return;
  state_ = State::Starting;
  due_ = now + kStartupLimit;
}

void WorkerWatch::handle_ready(Instant now) {
  if (state_ != State::Starting) return;
  state_ = State::Serving;
  // The shared page may still hold the beats of the worker before; no silence reaches back beyond this moment.
  silent_since_ = now;
  backoff_.handle_healthy(now);
}

void WorkerWatch::handle_exit(Instant now) {
  if (state_ == State::Stopped || state_ == State::Waiting) return;
  // Killed by us or fallen by itself: a worker that must be killed again and again deserves the same patience.
  const Duration delay = backoff_.handle_death(now);
  state_ = State::Waiting;
  due_ = now + delay;
  if (delay > Duration{0}) actions_.emplace_back(CrashLoop{backoff_.deaths(), delay});
}

void WorkerWatch::handle_tick(Instant now, std::span<const Instant> beats) {
  const bool late = was_late(now);
  if (late) {
    // Ours is the silence: everyone gets as long as we were away, and a whole timeout from here.
    if (state_ == State::Starting) due_ += now - last_tick_;
    silent_since_ = now;
  }
  last_tick_ = now;
  switch (state_) {
    case State::Waiting:
      if (now < due_) break;
      state_ = State::Spawning;
      actions_.emplace_back(Spawn{});
      break;
    case State::Starting:
      if (now >= due_) kill("not ready " + std::to_string(to_ms(kStartupLimit)) + " ms after its start");
      break;
    case State::Serving:
      judge_beats(now, beats);
      break;
    case State::Spawning:
    case State::Dying:
    case State::Stopped:
      break;
  }
}

// What was decided and not done yet is dropped too: a kill would cut off what is being drained.
void WorkerWatch::handle_stop() {
  state_ = State::Stopped;
  actions_.clear();
}

void WorkerWatch::set_config(Instant now, WatchConfig config) {
  config_ = config;
  silent_since_ = now;  // a shorter timeout judges what comes, not what was
}

std::optional<Action> WorkerWatch::poll_action() {
  if (actions_.empty()) return std::nullopt;
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

std::optional<Instant> WorkerWatch::next_timeout() const {
  return state_ == State::Waiting || state_ == State::Starting ? std::optional(due_) : std::nullopt;
}

// A shorter delay is within the timeout's own margin, and granting it grace would make every detection on a busy
// machine slower by as much.
bool WorkerWatch::was_late(Instant now) const {
  return now - last_tick_ > config_.tick + config_.heartbeat_timeout / 2;
}

void WorkerWatch::judge_beats(Instant now, std::span<const Instant> beats) {
  for (std::size_t i = 0; i < beats.size(); ++i) {
    const Duration silent = now - std::max(beats[i], silent_since_);
    if (silent <= config_.heartbeat_timeout) continue;
    // The first one found is named; when a whole process is frozen they are all silent, and which one doesn't matter.
    kill(loop_name(i) + " silent for " + std::to_string(to_ms(silent)) + " ms");
    return;
  }
}

void WorkerWatch::kill(std::string reason) {
  state_ = State::Dying;
  actions_.emplace_back(Kill{std::move(reason)});
}

}  // namespace stead::core::supervise
