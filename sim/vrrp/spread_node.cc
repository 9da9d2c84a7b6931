#include "sim/vrrp/spread_node.h"

#include <algorithm>
#include <variant>

namespace stead::sim::vrrp {

using core::vrrp::Action;
using core::vrrp::Router;
using core::vrrp::Spread;
using core::vrrp::State;

template <typename Do>
void SpreadNode::each_router(Do&& act) {
  for (Router& router : routers_) act(router);
  if (alive()) turn();
}

void SpreadNode::start() {
  if (alive()) return;
  ++life_;
  inbox_.clear();
  armed_for_ = Instant::max();
  routers_.assign(setup_.addresses, Router(setup_.router));
  decide();
  each_router([this](Router& router) { router.handle_start(world_.now()); });
}

void SpreadNode::crash() { routers_.clear(); }

void SpreadNode::stall(Duration time) {
  stalled_until_ = std::max(stalled_until_, world_.now() + time);
  world_.at(stalled_until_, [this] {
    if (alive() && !stalled()) turn();
  });
}

void SpreadNode::set_fit(bool fit) {
  fit_ = fit;
  if (alive()) turn();
}

void SpreadNode::hand_over() {
  each_router([this](Router& router) { router.handle_handover(world_.now()); });
}

void SpreadNode::take_back() {
  each_router([this](Router& router) { router.handle_takeback(world_.now()); });
}

void SpreadNode::deliver(std::size_t address, const core::vrrp::Heard& advert) {
  if (!alive()) return;
  if (inbox_.size() < 1000) inbox_.emplace_back(address, advert);
  if (!stalled()) turn();
}

void SpreadNode::turn() {
  while (!inbox_.empty()) {
    const auto& [address, advert] = inbox_.front();
    routers_[address].handle_advert(world_.now(), advert);
    inbox_.pop_front();
    perform();
  }
  for (Router& router : routers_) router.handle_timeout(world_.now());
  perform();
  decide();
  perform();
  arm();
}

void SpreadNode::decide() {
  std::vector<Spread::Seen> seen;
  for (const Router& router : routers_) {
    const bool ours = router.state() == State::Active;
    Spread::Seen one{.ours = ours,
                     .fresh = ours && world_.now() - router.since() < Spread::kFreshAdverts * setup_.router.interval,
                     .owner = std::nullopt,
                     .priority = 0};
    if (router.active_peer() && !one.ours) {
      one.owner = router.active_peer()->source;
      one.priority = router.active_peer()->priority;
    }
    seen.push_back(one);
  }
  std::vector<std::uint8_t> priorities(seen.size());
  spread_.decide(seen, priorities);
  for (std::size_t i = 0; i < routers_.size(); ++i) routers_[i].handle_priority(world_.now(), fit_ ? priorities[i] : 0);
}

void SpreadNode::perform() {
  for (std::size_t address = 0; address < routers_.size(); ++address) {
    while (const std::optional<Action> action = routers_[address].poll_action()) {
      if (const auto* advert = std::get_if<core::vrrp::SendAdvert>(&*action)) {
        send_(setup_.index, address, advert->priority);
      } else if (const auto* changed = std::get_if<core::vrrp::Changed>(&*action)) {
        if (changed->to == State::Active) ++takeovers_;
      }
    }
  }
}

std::optional<Instant> SpreadNode::next_timeout() const {
  std::optional<Instant> next;
  for (const Router& router : routers_) {
    const std::optional<Instant> one = router.next_timeout();
    if (one && (!next || *one < *next)) next = one;
  }
  return next;
}

void SpreadNode::arm() {
  const std::optional<Instant> next = next_timeout();
  if (!next || *next == armed_for_) return;
  armed_for_ = *next;
  world_.at(std::max(*next, world_.now()) + world_.between(Duration{0}, setup_.jitter),
            [this, life = life_, when = *next] {
              if (life != life_ || !alive() || armed_for_ != when) return;
              armed_for_ = Instant::max();
              if (!stalled()) turn();
            });
}

std::size_t SpreadNode::share() const {
  std::size_t count = 0;
  for (std::size_t address = 0; address < setup_.addresses; ++address) count += active(address) ? 1 : 0;
  return count;
}

}  // namespace stead::sim::vrrp
