#include "core/vip_command/vip_command.h"

#include <algorithm>

namespace stead::core::vip_command {

void VipCommand::want(Instant now, std::optional<Order> order) {
  wanted_ = order;
  holds_ = false;
  failures_ = 0;
  discounted_ = running_.has_value();
  due_ = order ? std::optional(now) : std::nullopt;
}

void VipCommand::handle_active(Instant now) {
  want(now, Order::Take);
  if (running_ == Order::Release) kill_due_ = std::min(kill_due_, now + kReleaseGrace);
}

void VipCommand::handle_given_up(Instant now) {
  if (wanted_ != Order::Take) return;
  want(now, Order::Release);
  if (running_ == Order::Take) kill(false);
}

void VipCommand::handle_change(Instant now, CommandRules rules) {
  rules_ = rules;
  if (wanted_ == Order::Take) want(now, Order::Take);
}

void VipCommand::handle_dropped(Instant now) {
  want(now, std::nullopt);
  kill(false);
}

void VipCommand::handle_interrupt(Instant) {
  if (!running_) return;
  discounted_ = true;
  kill(false);
}

void VipCommand::kill(bool late) {
  if (!running_ || killed_) return;
  killed_ = true;
  actions_.push(KillCommand{.late = late});
}

void VipCommand::handle_timeout(Instant now) {
  if (running_) {
    if (now >= kill_due_) kill(!discounted_);
    return;
  }
  if (!wanted_ || !due_ || *due_ > now) return;
  due_.reset();
  running_ = wanted_;
  killed_ = false;
  discounted_ = false;
  kill_due_ = now + rules_.timeout;
  actions_.push(StartCommand{.order = *wanted_});
}

void VipCommand::handle_ended(Instant now, bool good) {
  if (!running_) return;
  running_.reset();
  if (!discounted_) return count(now, good);
  discounted_ = false;
  if (wanted_) due_ = now;
}

void VipCommand::count(Instant now, bool good) {
  const bool take = wanted_ == Order::Take;
  failures_ = good ? 0 : failures_ + 1;
  holds_ = take && good;
  if (!take && (good || failures_ >= kReleaseTries)) {
    wanted_.reset();
    return;
  }
  due_ = now + (good ? rules_.assert_every : retry_delay());
}

Duration VipCommand::retry_delay() const {
  Duration delay = kFirstRetry;
  for (std::uint32_t i = 1; i < failures_ && delay < kLongestRetry; ++i) delay *= 2;
  return std::min(delay, kLongestRetry);
}

std::optional<Instant> VipCommand::next_timeout() const {
  if (running_) return killed_ ? std::nullopt : std::optional(kill_due_);
  return due_;
}

}  // namespace stead::core::vip_command
