// A simulated node that shares several addresses with others: a router for each address and core/vrrp/spread.h, as
// keeper/vip/loop.h has them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/vrrp/router.h"
#include "core/vrrp/spread.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

class SpreadNode {
 public:
  struct Setup {
    std::size_t index = 0;
    std::size_t nodes = 0;
    std::size_t addresses = 0;
    core::vrrp::RouterConfig router;  // of each address
    Duration jitter{};                // how late timers fire
  };
  using Send = std::function<void(std::size_t from, std::size_t address, std::uint8_t priority)>;

  SpreadNode(World& world, Setup setup, Send send)
      : world_(world),
        setup_(std::move(setup)),
        send_(std::move(send)),
        spread_(setup_.router.source, setup_.index, setup_.nodes) {}
  SpreadNode(const SpreadNode&) = delete;
  SpreadNode& operator=(const SpreadNode&) = delete;

  void start();
  void crash();
  void stall(Duration time);
  void set_fit(bool fit);
  void hand_over();
  void take_back();
  void deliver(std::size_t address, const core::vrrp::Heard& advert);

  [[nodiscard]] bool alive() const { return !routers_.empty(); }
  [[nodiscard]] bool stalled() const { return world_.now() < stalled_until_; }
  [[nodiscard]] bool active(std::size_t address) const {
    return alive() && routers_[address].state() == core::vrrp::State::Active;
  }
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] const core::vrrp::RouterConfig& config() const { return setup_.router; }
  // How often this node has taken an address.
  [[nodiscard]] std::uint64_t takeovers() const { return takeovers_; }
  [[nodiscard]] std::string name() const { return "node " + std::to_string(setup_.index); }

 private:
  void turn();
  void decide();
  void perform();
  void arm();
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  template <typename Do>
  void each_router(Do&& act);

  World& world_;
  Setup setup_;
  Send send_;
  core::vrrp::Spread spread_;
  std::vector<core::vrrp::Router> routers_;  // by address; none: the process is not there
  std::deque<std::pair<std::size_t, core::vrrp::Heard>> inbox_;
  bool fit_ = true;
  std::uint64_t life_ = 0;
  Instant armed_for_ = Instant::max();
  Instant stalled_until_{};
  std::uint64_t takeovers_ = 0;
};

}  // namespace stead::sim::vrrp
