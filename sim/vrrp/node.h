// A simulated node of a VRRP group: the shell around core/vrrp/router.h, as keeper/vip/group.h is one, in a world whose
// processes stall and whose kernel forgets addresses that nobody refreshes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "core/vrrp/router.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

class Node {
 public:
  // As in keeper/vip: what refreshes the addresses' lifetime, and that.
  static constexpr Duration kRefresh = 250ms;

  using Send = std::function<void(std::uint32_t from, std::uint8_t priority)>;
  using Tell = std::function<void(const std::string& line)>;

  Node(World& world, std::uint32_t index, core::vrrp::RouterConfig config, Duration jitter, Send send, Tell tell);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // The process.
  void start();
  void crash();  // nothing is said to anybody; the kernel's lease runs out
  // SIGSTOP and SIGCONT: what arrives waits in the socket. Deaf: a suspended machine, which gets nothing of it.
  void stall(Duration time, bool deaf = false);
  // Orders.
  void set_priority(std::uint8_t priority);
  void hand_over();
  void take_back();
  void deliver(const core::vrrp::Heard& advert);

  [[nodiscard]] bool alive() const { return router_.has_value(); }
  [[nodiscard]] bool stalled() const { return world_.now() < stalled_until_; }
  [[nodiscard]] bool active() const { return alive() && router_->state() == core::vrrp::State::Active; }
  // The address is on the interface.
  [[nodiscard]] bool owns() const { return lease_until_ > world_.now(); }
  [[nodiscard]] const core::vrrp::RouterConfig& config() const { return config_; }
  [[nodiscard]] Duration patience() const { return core::vrrp::Router(config_).active_down_interval(); }
  [[nodiscard]] Duration jitter() const { return jitter_; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] std::string name() const { return "node " + std::to_string(index_); }

 private:
  void turn();
  void arm();
  void perform();
  void perform(const core::vrrp::SendAdvert& advert) { send_(index_, advert.priority); }
  void perform(const core::vrrp::ClaimAddresses&);
  void perform(const core::vrrp::ReleaseAddresses&);
  void perform(const core::vrrp::Announce&) {}
  void perform(const core::vrrp::Changed& changed);
  void perform(const core::vrrp::SecondActive&) {}

  World& world_;
  std::uint32_t index_;
  core::vrrp::RouterConfig config_;
  Duration jitter_;
  Send send_;
  Tell tell_;
  std::optional<core::vrrp::Router> router_;
  std::deque<core::vrrp::Heard> inbox_;
  std::uint64_t life_ = 0;  // counts processes, so that timers of a dead one find nobody
  Instant armed_for_ = Instant::max();
  Instant stalled_until_{};
  bool deaf_ = false;
  Instant lease_until_{};
  bool claimed_ = false;
  Instant refresh_due_{};
  std::uint64_t changes_ = 0;
};

}  // namespace stead::sim::vrrp
