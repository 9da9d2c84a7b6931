#include "sim/vrrp/node.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stead::sim::vrrp {

using core::vrrp::State;

Node::Node(World& world, std::uint32_t index, core::vrrp::RouterConfig config, Duration jitter, Send send, Tell tell)
    : world_(world),
      index_(index),
      config_(std::move(config)),
      jitter_(jitter),
      send_(std::move(send)),
      tell_(std::move(tell)) {}

void Node::start() {
  if (alive()) return;
  ++life_;
  inbox_.clear();
  armed_for_ = Instant::max();
  claimed_ = false;
  router_.emplace(config_);
  // It had the addresses a moment ago, in a process before this one.
  router_->handle_start(world_.now(), owns());
  perform();
  arm();
}

void Node::crash() {
  router_.reset();
  claimed_ = false;
}

void Node::stall(Duration time, bool deaf) {
  deaf_ = deaf;
  stalled_until_ = std::max(stalled_until_, world_.now() + time);
  world_.at(stalled_until_, [this] {
    if (alive() && !stalled()) turn();
  });
}

void Node::set_priority(std::uint8_t priority) {
  if (!alive()) return;
  router_->handle_priority(world_.now(), priority);
  perform();
  arm();
}

void Node::hand_over() {
  if (!alive()) return;
  router_->handle_handover(world_.now());
  perform();
  arm();
}

void Node::take_back() {
  if (!alive()) return;
  router_->handle_takeback(world_.now());
  perform();
  arm();
}

void Node::deliver(const core::vrrp::Heard& advert) {
  if (!alive() || (deaf_ && stalled())) return;
  if (inbox_.size() < 1000) inbox_.push_back(advert);  // a socket's buffer has an end
  if (!stalled()) turn();
}

// All adverts first, then the timers: see core/vrrp/router.h.
void Node::turn() {
  while (!inbox_.empty()) {
    router_->handle_advert(world_.now(), inbox_.front());
    inbox_.pop_front();
    perform();
  }
  router_->handle_timeout(world_.now());
  perform();
  if (claimed_ && world_.now() >= refresh_due_) perform(core::vrrp::ClaimAddresses());
  arm();
}

void Node::arm() {
  std::optional<Instant> next = router_->next_timeout();
  if (claimed_) next = next ? std::min(*next, refresh_due_) : refresh_due_;
  if (!next || *next == armed_for_) return;
  armed_for_ = *next;
  world_.at(std::max(*next, world_.now()) + world_.between(Duration{0}, jitter_), [this, life = life_, when = *next] {
    if (life != life_ || !alive() || armed_for_ != when) return;
    armed_for_ = Instant::max();
    if (!stalled()) turn();
  });
}

void Node::perform() {
  while (const std::optional<core::vrrp::Action> action = router_->poll_action()) {
    std::visit([this](const auto& one) { perform(one); }, *action);
  }
}

void Node::perform(const core::vrrp::ClaimAddresses&) {
  claimed_ = true;
  refresh_due_ = world_.now() + kRefresh;
  const Duration lease = std::max<Duration>((3 * config_.interval + 999ms) / 1s * 1s, 1s);
  lease_until_ = world_.now() + lease;
}

void Node::perform(const core::vrrp::ReleaseAddresses&) {
  claimed_ = false;
  lease_until_ = world_.now();
}

void Node::perform(const core::vrrp::Changed& changed) {
  static constexpr std::array<const char*, 3> kStates = {"out", "backup", "active"};
  static constexpr std::array<const char*, 11> kCauses = {"started",   "resumed", "silence",     "resigned",
                                                          "preempted", "yielded", "handed over", "stalled",
                                                          "disabled",  "stopped", "cut off"};
  ++changes_;
  tell_(name() + " is " + kStates.at(static_cast<std::size_t>(changed.to)) + " (" +
        kCauses.at(static_cast<std::size_t>(changed.cause)) + ")");
}

}  // namespace stead::sim::vrrp
