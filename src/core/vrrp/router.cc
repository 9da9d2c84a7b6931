#include "core/vrrp/router.h"

#include <algorithm>

namespace stead::core::vrrp {

using wire::vrrp::kPriorityOwner;
using wire::vrrp::kPriorityRelease;

Router::Router(RouterConfig config)
    : config_(std::move(config)), priority_(config_.priority), learned_interval_(config_.interval) {}

std::uint8_t Router::priority() const { return leaving_ ? std::min(priority_, kLeavingPriority) : priority_; }

// RFC 9568 section 6.1; RFC 3768 section 6.1, which counts in seconds whatever the interval.
Duration Router::skew() const {
  const Duration whole = config_.version == Version::V2 ? Duration(1s) : learned_interval_;
  return whole * (256 - priority()) / 256;
}

Duration Router::active_down_interval() const { return 3 * learned_interval_ + skew(); }

std::optional<Instant> Router::next_timeout() const {
  std::optional<Instant> next;
  for (const std::optional<Instant>& timer : timers_) {
    if (timer && (!next || *timer < *next)) next = timer;
  }
  return next;
}

std::optional<Instant> Router::take_due(Timer timer, Instant now) {
  const std::optional<Instant> at = due(timer);
  if (!at || *at > now) return std::nullopt;
  disarm(timer);
  return at;
}

// Section 6.4.1.
void Router::handle_start(Instant now, bool resumed) {
  running_ = true;
  if (state_ != State::Initialize || priority_ == 0) return;
  learned_interval_ = config_.interval;
  if (priority_ == kPriorityOwner || resumed) return become_active(now, resumed ? Cause::Resumed : Cause::Started);
  become_backup(now, Cause::Started, std::max(active_down_interval(), config_.startup_delay));
}

void Router::handle_stop(Instant now) {
  running_ = false;
  if (state_ != State::Initialize) become_initial(now, Cause::Stopped);
}

void Router::handle_priority(Instant now, std::uint8_t priority) {
  if (priority == priority_) return;
  priority_ = priority;
  if (!running_) return;
  if (priority == 0) {
    if (state_ != State::Initialize) become_initial(now, Cause::Disabled);
  } else if (state_ == State::Initialize) {
    if (priority == kPriorityOwner) return become_active(now, Cause::Started);
    become_backup(now, Cause::Started, active_down_interval());
  } else if (state_ == State::Active) {
    send_advert(now);
  }
}

void Router::handle_handover(Instant now) {
  if (leaving_) return;
  leaving_ = true;
  if (state_ == State::Active) send_advert(now);
}

void Router::handle_takeback(Instant now) {
  if (!leaving_) return;
  leaving_ = false;
  if (state_ == State::Active) send_advert(now);
}

void Router::handle_advert(Instant now, const Heard& advert) {
  step_back_after_stall(now);
  notice_sleep(now);
  if (state_ == State::Backup) handle_advert_as_backup(now, advert);
  if (state_ == State::Active) handle_advert_as_active(now, advert);
}

// Whether the sender is one that we leave in peace: section 6.4.2, "If Preempt_Mode is False, or if the priority in the
// advert is greater than or equal to the local priority".
bool Router::accepts(Instant now, const Heard& advert) const {
  if (advert.priority >= priority()) return true;
  const bool may_preempt = config_.preempt && now - since_ >= config_.preempt_delay;
  const bool gives_up = peer_ && peer_->source == advert.source && advert.priority < peer_->peak;
  return !may_preempt && !gives_up;
}

void Router::handle_advert_as_backup(Instant now, const Heard& advert) {
  if (advert.priority == kPriorityRelease) {
    remember(now, advert);
    resigned_ = true;
    arm_active_down(now + skew());
    return;
  }
  if (!accepts(now, advert)) {
    remember(now, advert);
    lower_heard_ = now;
    if (wanted_) wanted_ = Cause::Preempted;
    return;
  }
  remember(now, advert);
  resigned_ = false;
  if (config_.version == Version::V3) learned_interval_ = advert.interval;
  arm_active_down(now + active_down_interval());
}

void Router::remember(Instant now, const Heard& advert) {
  if (!peer_ || peer_->source != advert.source) peer_ = Peer{.source = advert.source};
  peer_->heard = now;
  if (advert.priority == kPriorityRelease) return;
  peer_->priority = advert.priority;
  peer_->peak = std::max(peer_->peak, advert.priority);
}

// Section 6.4.3.
void Router::handle_advert_as_active(Instant now, const Heard& advert) {
  if (advert.priority == kPriorityRelease) return send_advert(now);
  const bool better = advert.priority > priority() || (advert.priority == priority() && advert.source > config_.source);
  // Whom we have asked to take over is none that should not be there.
  if (!better || !leaving_) actions_.push(SecondActive{.peer = advert.source, .priority = advert.priority});
  if (!better) {
    // "This asserts to the sender, and to learning bridges on the way, who is active." So do the announcements.
    send_advert(now);
    return announce(now);
  }
  peer_.reset();
  remember(now, advert);
  resigned_ = false;
  if (config_.version == Version::V3) learned_interval_ = advert.interval;
  become_backup(now, leaving_ ? Cause::HandedOver : Cause::Yielded, active_down_interval());
}

void Router::handle_timeout(Instant now) {
  step_back_after_stall(now);
  notice_sleep(now);
  if (take_due(Timer::ActiveDown, now)) take_over(now);
  if (take_due(Timer::Advert, now)) send_advert(now);
  if (take_due(Timer::Announce, now)) {
    actions_.push(Announce{});
    const Duration next = announced_ < kAnnounceAfter.size() ? kAnnounceAfter.at(announced_) : kAnnounceRefresh;
    ++announced_;
    arm(Timer::Announce, now + next);
  }
}

void Router::take_over(Instant now) {
  const bool passed_over = peer_ && !resigned_ && now - lower_heard_ <= active_down_interval();
  const Cause cause = resigned_ ? Cause::Resigned : passed_over ? Cause::Preempted : Cause::Silence;
  // Who has resigned may be gone, and have no vote any more.
  if (config_.needs_permission && cause != Cause::Resigned) {
    wanted_ = cause;
    return;
  }
  become_active(now, cause);
}

void Router::handle_permission(Instant now) {
  if (wanted_) become_active(now, *wanted_);
}

void Router::handle_cut_off(Instant now) {
  if (state_ != State::Active) return;
  // Whoever does hear us may follow at once.
  actions_.push(SendAdvert{.priority = kPriorityRelease});
  peer_.reset();
  resigned_ = false;
  become_backup(now, Cause::CutOff, active_down_interval());
}

Claim Router::claim() const {
  const bool active = state_ == State::Active;
  const Cause cause = active ? taken_for_ : wanted_.value_or(Cause::Started);
  return {.active = active,
          .wants = wanted_.has_value(),
          .heard = cause == Cause::Preempted || cause == Cause::Resigned,
          .priority = priority()};
}

// A Backup that did not run for longer than an interval cannot know whether adverts came: those to a machine that is
// suspended are lost. A timer that is over by then proves nothing.
void Router::notice_sleep(Instant now) {
  const bool slept = state_ == State::Backup && now - last_ran_ > learned_interval_ * 3 / 2;
  last_ran_ = now;
  if (state_ == State::Backup) arm(Timer::Tick, now + learned_interval_);
  if (!slept) return;
  const std::optional<Instant> due = active_down_due();
  listen_again(now);
  if (due) arm_active_down(std::max(*due, *active_down_due()));
}

// An owner does not: that others have its addresses is a mistake in the first place.
void Router::step_back_after_stall(Instant now) {
  if (state_ != State::Active || priority_ == kPriorityOwner) return;
  const Duration silent = now - last_sent_;
  if (silent <= active_down_interval()) return;
  peer_.reset();
  resigned_ = false;
  change(now, State::Backup, Cause::Stalled, silent);
  listen_again(now);
}

// If somebody is active, we shall hear of it within an interval, and what its timers and the way take: two at most.
void Router::listen_again(Instant now) { arm_active_down(now + 2 * learned_interval_ + skew()); }

void Router::become_active(Instant now, Cause cause) {
  const Duration silence = peer_ ? now - peer_->heard : now - since_;
  learned_interval_ = config_.interval;
  taken_for_ = cause;
  // The advert goes first: who is active elsewhere gives the addresses up before they are here.
  send_advert(now);
  actions_.push(ClaimAddresses{});
  change(now, State::Active, cause, silence);
  announce(now);
}

void Router::become_backup(Instant now, Cause cause, Duration patience) {
  change(now, State::Backup, cause);
  arm_active_down(now + patience);
}

void Router::become_initial(Instant now, Cause cause) {
  if (state_ == State::Active) actions_.push(SendAdvert{.priority = kPriorityRelease});
  change(now, State::Initialize, cause);
  peer_.reset();
}

void Router::change(Instant now, State to, Cause cause, Duration silence) {
  if (state_ == State::Active) actions_.push(ReleaseAddresses{});
  Changed changed{
      .from = state_, .to = to, .cause = cause, .peer = std::nullopt, .peer_priority = 0, .silence = silence};
  if (peer_) {
    changed.peer = peer_->source;
    changed.peer_priority = peer_->priority;
  }
  actions_.push(changed);
  state_ = to;
  since_ = now;
  last_ran_ = now;
  disarm(Timer::ActiveDown);
  wanted_.reset();
  disarm(Timer::Tick);
  if (to == State::Backup) arm(Timer::Tick, now + learned_interval_);
  if (to == State::Active) return;
  disarm(Timer::Advert);
  disarm(Timer::Announce);
}

void Router::send_advert(Instant now) {
  actions_.push(SendAdvert{.priority = priority()});
  last_sent_ = now;
  arm(Timer::Advert, now + config_.interval);
}

// Now, and again a few times.
void Router::announce(Instant now) {
  actions_.push(Announce{});
  announced_ = 1;
  arm(Timer::Announce, now + kAnnounceAfter.front());
}

}  // namespace stead::core::vrrp
