// One run: a pool, some data loops, clients, and half a minute of misfortune that the seed has chosen; then everything
// heals, and after the time that healing may take at most, nothing may fail any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/health/rules.h"
#include "sim/control_loop.h"
#include "sim/data_loop.h"
#include "sim/server.h"
#include "sim/witness.h"
#include "sim/world.h"

namespace stead::sim {

class Scenario {
 public:
  Scenario(std::uint64_t seed, bool verbose);
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // Throws Violation.
  void run();
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  static constexpr Duration kMisfortune = 30s;
  static constexpr Duration kCalm = 3s;

  void build();
  void choose_rules();
  void add_server();
  void configure();
  void publish(std::shared_ptr<const View> view);
  void arrange_arrivals();
  void arrive();
  void arrange_misfortune();
  void strike();
  void strike_server();
  void set_condition(Server& server, Condition condition);
  void reload();
  void drain_for_a_while();
  void heal_everything();
  void require_calm();
  void tell(const std::string& what) const;

  World world_;
  bool verbose_;
  Counts counts_;
  Witness witness_;
  core::health::Rules rules_;
  bool last_is_backup_ = false;
  double requests_per_second_ = 0.0;
  RequestId next_request_ = kCheck + 1;
  std::vector<std::unique_ptr<Server>> servers_;  // all there ever were; requests may still be in their hands
  std::vector<Server*> members_;
  std::vector<std::unique_ptr<DataLoop>> loops_;
  ControlLoop control_;
  bool misfortune_ = true;
};

}  // namespace stead::sim
