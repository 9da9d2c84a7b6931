// A simulated machine of a group with a witness: a router and its tie break, as keeper/vip/group.h has them, or the
// witness, which has a vote and nothing else.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "core/vrrp/router.h"
#include "core/vrrp/tie_break.h"
#include "core/vrrp/voter.h"
#include "sim/world.h"

namespace stead::sim::vrrp {

class WitnessedNode {
 public:
  using Ballot = wire::witness::Ballot;
  struct Sending {
    std::function<void(std::size_t from, std::uint8_t priority)> advert;
    std::function<void(std::size_t from, std::size_t to, const Ballot& ballot)> ballot;
  };
  using Tell = std::function<void(const std::string& line)>;

  // `index` == `nodes`: the witness.
  WitnessedNode(World& world, std::size_t index, std::size_t nodes, core::vrrp::RouterConfig config, Duration jitter,
                Sending sending, Tell tell);
  WitnessedNode(const WitnessedNode&) = delete;
  WitnessedNode& operator=(const WitnessedNode&) = delete;

  void start();
  void crash();
  // In order: hands over, and ends when somebody else is active, or nobody has been for long.
  void stop();
  void stall(Duration time);
  void deliver(const core::vrrp::Heard& advert);
  void deliver(std::size_t from, const Ballot& ballot);

  [[nodiscard]] bool is_witness() const { return index_ == nodes_; }
  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool stalled() const { return world_.now() < stalled_until_; }
  [[nodiscard]] bool active() const { return alive_ && router_ && router_->state() == core::vrrp::State::Active; }
  // As others see it: a process that stands still announces nothing.
  [[nodiscard]] bool owns() const { return active() && !stalled(); }
  [[nodiscard]] const core::vrrp::RouterConfig& config() const { return config_; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] std::string name() const { return is_witness() ? "witness" : "node " + std::to_string(index_); }

 private:
  struct BallotFrom {
    std::size_t from = 0;
    Ballot ballot;
  };
  using Mail = std::variant<core::vrrp::Heard, BallotFrom>;

  void take(Mail mail);
  void turn();
  void arm();
  void read(const core::vrrp::Heard& advert);
  void read(const BallotFrom& mail);
  void perform();
  void perform_router();
  void send_to_all(const Ballot& ballot);
  [[nodiscard]] WallTime wall() const {
    return WallTime{std::chrono::seconds(1'700'000'000) + world_.now().time_since_epoch()};
  }

  World& world_;
  std::size_t index_;
  std::size_t nodes_;
  core::vrrp::RouterConfig config_;
  Duration jitter_;
  Sending sending_;
  Tell tell_;
  bool alive_ = false;
  bool stopping_ = false;
  std::optional<core::vrrp::Router> router_;
  std::optional<core::vrrp::TieBreak> tie_break_;
  std::optional<core::vrrp::Voter> voter_;  // of the witness
  std::deque<Mail> inbox_;
  std::uint64_t life_ = 0;
  Instant armed_for_ = Instant::max();
  Instant stalled_until_{};
  std::uint64_t changes_ = 0;
};

}  // namespace stead::sim::vrrp
