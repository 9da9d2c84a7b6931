#include "sim/vrrp/witnessed_node.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stead::sim::vrrp {

using core::vrrp::State;

WitnessedNode::WitnessedNode(World& world, std::size_t index, std::size_t nodes, core::vrrp::RouterConfig config,
                             Duration jitter, Sending sending, Tell tell)
    : world_(world),
      index_(index),
      nodes_(nodes),
      config_(std::move(config)),
      jitter_(jitter),
      sending_(std::move(sending)),
      tell_(std::move(tell)) {}

void WitnessedNode::start() {
  if (alive_) return;
  alive_ = true;
  stopping_ = false;
  ++life_;
  inbox_.clear();
  armed_for_ = Instant::max();
  if (is_witness()) {
    voter_.emplace(world_.now(), config_.interval);
    return;
  }
  tie_break_.emplace(world_.now(),
                     core::vrrp::TieBreakConfig{.interval = config_.interval, .self = index_, .nodes = nodes_});
  router_.emplace(config_);
  router_->handle_start(world_.now());
  perform();
  arm();
}

void WitnessedNode::crash() {
  alive_ = false;
  router_.reset();
  tie_break_.reset();
  voter_.reset();
}

void WitnessedNode::stop() {
  if (!alive_ || is_witness()) return crash();
  stopping_ = true;
  router_->handle_handover(world_.now());
  perform();
  arm();
  world_.after(4 * config_.interval + 50ms, [this, life = life_] {
    if (life != life_ || !alive_) return;
    router_->handle_stop(world_.now());
    perform();
    tie_break_->handle_stop(wall());
    perform();
    crash();
  });
}

void WitnessedNode::stall(Duration time) {
  stalled_until_ = std::max(stalled_until_, world_.now() + time);
  world_.at(stalled_until_, [this] {
    if (alive_ && !stalled()) turn();
  });
}

void WitnessedNode::deliver(const core::vrrp::Heard& advert) {
  if (!is_witness()) take(advert);
}

void WitnessedNode::deliver(std::size_t from, const Ballot& ballot) { take(BallotFrom{from, ballot}); }

void WitnessedNode::take(Mail mail) {
  if (!alive_) return;
  if (inbox_.size() < 1000) inbox_.push_back(std::move(mail));
  if (!stalled()) turn();
}

void WitnessedNode::turn() {
  while (!inbox_.empty()) {
    std::visit([this](const auto& one) { read(one); }, inbox_.front());
    inbox_.pop_front();
  }
  if (is_witness()) return;
  tie_break_->handle_timeout(world_.now(), wall());
  perform();
  router_->handle_timeout(world_.now());
  perform();
  arm();
}

void WitnessedNode::read(const core::vrrp::Heard& advert) {
  router_->handle_advert(world_.now(), advert);
  perform();
}

void WitnessedNode::read(const BallotFrom& mail) {
  const Instant now = world_.now();
  if (is_witness()) {
    const auto answer = voter_->handle_request(now, mail.from, mail.ballot, {});
    if (answer) sending_.ballot(index_, mail.from, *answer);
    return;
  }
  if (mail.ballot.is_answer()) {
    tie_break_->handle_answer(now, mail.from, mail.ballot);
  } else if (const auto answer = tie_break_->handle_request(now, mail.from, mail.ballot)) {
    sending_.ballot(index_, mail.from, *answer);
  }
  perform();
}

void WitnessedNode::arm() {
  Instant next = tie_break_->next_timeout();
  if (const std::optional<Instant> due = router_->next_timeout()) next = std::min(next, *due);
  if (next == armed_for_) return;
  armed_for_ = next;
  world_.at(std::max(next, world_.now()) + world_.between(Duration{0}, jitter_), [this, life = life_, next] {
    if (life != life_ || !alive_ || armed_for_ != next) return;
    armed_for_ = Instant::max();
    if (!stalled()) turn();
  });
}

void WitnessedNode::perform_router() {
  static constexpr std::array<const char*, 3> kStates = {"out", "backup", "active"};
  static constexpr std::array<const char*, 11> kCauses = {"started",   "resumed", "silence",     "resigned",
                                                          "preempted", "yielded", "handed over", "stalled",
                                                          "disabled",  "stopped", "cut off"};
  while (const std::optional<core::vrrp::Action> action = router_->poll_action()) {
    if (const auto* advert = std::get_if<core::vrrp::SendAdvert>(&*action)) sending_.advert(index_, advert->priority);
    const auto* changed = std::get_if<core::vrrp::Changed>(&*action);
    if (changed == nullptr) continue;
    ++changes_;
    tell_(name() + " is " + kStates.at(static_cast<std::size_t>(changed->to)) + " (" +
          kCauses.at(static_cast<std::size_t>(changed->cause)) + ")");
  }
}

void WitnessedNode::send_to_all(const Ballot& ballot) {
  for (std::size_t to = 0; to <= nodes_; ++to) {
    if (to != index_) sending_.ballot(index_, to, ballot);
  }
}

void WitnessedNode::perform() {
  const Instant now = world_.now();
  perform_router();
  tie_break_->handle_claim(now, wall(), router_->claim());
  while (const std::optional<core::vrrp::TieBreakAction> action = tie_break_->poll_action()) {
    if (const auto* send = std::get_if<core::vrrp::SendToAll>(&*action)) send_to_all(send->ballot);
    const bool permit = std::holds_alternative<core::vrrp::Permit>(*action);
    if (!permit && !std::holds_alternative<core::vrrp::GiveUp>(*action)) continue;
    if (permit) {
      router_->handle_permission(now);
    } else {
      router_->handle_cut_off(now);
    }
    perform_router();
    tie_break_->handle_claim(now, wall(), router_->claim());
  }
}

}  // namespace stead::sim::vrrp
