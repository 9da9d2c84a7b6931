// Sees everything, the truth about the servers as well as what the control loop thinks of them, and ends the run at the
// first broken promise:
//
//   1  No request goes to a member that is known to be out while another one serves; nor, while another serves, to one
//      that has refused connections for longer than its checks may take to find out. One that is drained or removed
//      gets nothing at all.
//   2  No member is ejected that was the last one serving.
//   3  A member that has healed takes requests again within longest_return(); one that stays healthy is not put out.
//   4  What the budget paid for stays within a fifth of the requests and the floor, whatever goes wrong.
//   5  An unrepeatable request is executed at most once. Only safe ones are in two places at once.
//   6  A safe request fails only if more than one member was in trouble, or the budget refused to help.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/health/pool_health.h"
#include "sim/request.h"
#include "sim/server.h"
#include "sim/world.h"

namespace stead::sim {

class Witness {
 public:
  // How long news may travel from the control loop to a data loop, and meet a choice that was just made.
  static constexpr Duration kNews = 10ms;
  // No outcome that a data loop reports was caused longer ago: its first-byte timeout, and the way.
  static constexpr Duration kStale = 5'500ms;

  explicit Witness(World& world) : world_(world) {}

  // The control loop's side. A new worker's pool takes the place of the old one's; `replaced` then.
  void see_pool(const core::health::PoolHealth& pool, const core::health::Rules& rules,
                const std::vector<Server*>& members, bool replaced);
  // After everything that may have changed who takes requests.
  void see_availability();
  void see_event(const core::health::Event& event);
  // The servers' side.
  void see_condition(const Server& server);
  void see_execution(const Server& server, RequestId request);
  // The data loops' side.
  void see_request(std::uint32_t loop, const Request& request);
  void see_try(const Request& request, const Server& server);
  void see_spent(std::uint32_t loop);
  void see_failure(const Request& request, std::uint16_t status);

 private:
  struct Standing {
    const Server* server = nullptr;
    Instant added{};
    bool serving = false;  // usable by its own health, not drained, of some weight
    Instant since{};       // … or not, since then
    bool drained = false;
    Instant drained_since{};
    Instant expected_by = Instant::max();  // out, but healthy: when it must be back
  };
  struct Loop {
    std::deque<Instant> requests;
    std::deque<Instant> spent;
  };

  [[nodiscard]] bool another_serves(const Server& server) const;
  [[nodiscard]] bool settled(Instant since) const { return since <= world_.now() - kNews; }
  [[nodiscard]] Duration longest_detection() const;
  void expect_return(Standing& standing);
  void require_returns() const;

  World& world_;
  const core::health::PoolHealth* pool_ = nullptr;
  core::health::Rules rules_;
  Instant pool_since_{};
  std::map<std::string, Standing, std::less<>> standings_;
  std::map<std::string, Instant, std::less<>> removed_;
  std::unordered_map<std::uint32_t, Loop> loops_;
  std::unordered_map<RequestId, int> executions_;  // of unrepeatable requests
};

}  // namespace stead::sim
