// What the thread that speaks VRRP does: waits for adverts, timers, orders and news of the interfaces, in that order of
// importance, and takes addresses off that are not ours. See service.h.
#pragma once

#include <poll.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "keeper/vip/ballots.h"
#include "keeper/vip/group.h"
#include "keeper/vip/mailbox.h"
#include "keeper/vip/sharing.h"
#include "keeper/vip/together.h"
#include "keeper/vip/witness_office.h"
#include "net/advert_socket.h"
#include "net/interfaces.h"

namespace stead::keeper::vip {

class Loop {
 public:
  // How often interfaces and addresses are looked at besides when the kernel says that something has changed.
  static constexpr Duration kLook = 1s;

  Loop(Mailbox& mailbox, net::Interfaces interfaces, net::FrameSocket frames, net::Macvlans macvlans);

  // Returns when it was told to stop, or to leave everything as it is.
  void run();

 private:
  void become_real_time();
  void turn();
  [[nodiscard]] Instant next_deadline() const;
  void wait(Instant deadline);
  void read_adverts();
  void read_ballots();
  void fire_timers();
  void look();
  void sweep();
  void tidy();
  [[nodiscard]] std::optional<Instant> tidy_due() const;
  void remove_own_interfaces();
  void publish();

  void handle_commands();
  void handle(ApplyPlan& command);
  void handle(const SetHealthy& command);
  void handle(const SetWorth& command);
  void handle(const HandOver& command);
  void handle(const StopAll&);
  void handle(const Suspend&);
  void check_stop();
  void add_event(std::uint32_t group, Event event);
  [[nodiscard]] std::unique_ptr<Group> make_group(GroupPlan plan, std::uint32_t index);
  void take_office(std::vector<WitnessPlan> plans);

  Mailbox& mailbox_;
  net::Interfaces interfaces_;
  net::FrameSocket frames_;
  net::Macvlans macvlans_;
  Ballots ballots_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<std::unique_ptr<WitnessOffice>> offices_;
  std::vector<Sharing> sharings_;    // of groups_
  std::vector<Together> togethers_;  // of groups_
  Snapshot snapshot_;
  std::vector<Event> events_;
  std::vector<Command> commands_;
  std::vector<pollfd> fds_;
  std::vector<std::pair<std::uint32_t, IpAddress>> strays_;  // interface and address
  std::vector<std::uint32_t> retired_;                       // interfaces of groups that are no more
  bool healthy_ = true;
  std::map<std::string, core::track::Worth> worths_;  // by vip, also of those that come with the next plan
  bool commands_waiting_ = false;
  bool unpublished_ = false;
  std::optional<Instant> stop_deadline_;
  bool done_ = false;
  Instant now_{};
  Instant look_due_{};
};

}  // namespace stead::keeper::vip
