// The programs that tell networks where virtual addresses are, where ARP cannot ([vip.NAME] `provider = "exec"`): the
// shell around core/vip_command, one for each VRRP group that has such a program. Says in the log what cannot be done.
//
// On the keeper's own loop, as the commands of tracks are: see track/tracks.h. It follows what the groups are, and
// not each of their changes: a change that it has missed is one that has been taken back. Who had the address meanwhile
// may have told the network, so the moment of the last change counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "core/vip_command/vip_command.h"
#include "keeper/foreign_program.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/state.h"
#include "net/spawn.h"

namespace stead::keeper::vip {

class Movers {
 public:
  explicit Movers(Logger& log) : log_(log) {}
  Movers(const Movers&) = delete;
  Movers& operator=(const Movers&) = delete;

  // What has not changed goes on; what is gone is released. `node`: our name.
  void apply(Instant now, const Plan& plan, std::string node);
  // Before look(): from whom the group has taken the addresses, or who has taken them from it; empty: nobody knows.
  void set_peer(std::size_t group, std::string peer);
  // What the plan's groups are.
  void look(Instant now, std::span<const GroupState> groups);
  // False: it was none of ours.
  bool handle_exit(Instant now, const net::Exit& exit);
  // At every turn of the loop.
  void handle_tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  // No command runs on, for a process that becomes another binary: it would not know whose children they are.
  void end_commands(Instant now);

  // Nothing runs, and all is released that should be.
  [[nodiscard]] bool idle() const;
  // What keeps the network from knowing; empty: nothing.
  [[nodiscard]] std::string problem(std::size_t group) const;
  // In Prometheus's text format; empty without such groups.
  [[nodiscard]] std::string render_metrics() const;

 private:
  using Order = core::vip_command::Order;
  struct Counts {
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
  };
  struct Entry {
    Entry(std::uint32_t the_id, const GroupPlan& the_plan)
        : id(the_id), plan(the_plan), command(the_plan.mover->rules) {}
    std::uint32_t id;       // in the order in which they came
    std::size_t group = 0;  // in the plan
    GroupPlan plan;         // with a mover
    core::vip_command::VipCommand command;
    bool retired = false;  // the plan has it no more: only its release is left
    ForeignProgram program;
    Order order = Order::Take;            // of the run that is under way, or was the last
    bool late = false;                    // that run was killed for taking too long
    std::optional<Instant> active_since;  // of the group; nullopt: it is not
    std::string peer;
    std::string problem;
    bool told = false;  // that it holds
    Counts takes;
    Counts releases;
  };

  void retire(Instant now, std::vector<std::unique_ptr<Entry>> gone);
  void follow(Instant now, Entry& entry, const GroupState& state);
  [[nodiscard]] bool may_start(const Entry& entry) const;
  [[nodiscard]] static bool is_due_before(const Entry& one, const Entry& other);
  [[nodiscard]] bool is_superseded(const Entry& entry) const;
  [[nodiscard]] const Entry* find(std::size_t group) const;

  void perform(Instant now, Entry& entry);
  void perform(Instant now, Entry& entry, const core::vip_command::StartCommand& start);
  void perform(Instant now, Entry& entry, const core::vip_command::KillCommand& kill);
  [[nodiscard]] std::vector<std::string> environment_of(const Entry& entry) const;
  void settle(Instant now, Entry& entry, const std::string& why);
  void rejoice(Entry& entry);
  void complain(Entry& entry, const std::string& why);

  Logger& log_;
  std::string node_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::uint32_t next_id_ = 1;
};

}  // namespace stead::keeper::vip
