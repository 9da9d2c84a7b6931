// One VRRP group of this node: the shell around core/vrrp. Reads and sends adverts, puts addresses on the interface and
// takes them off, announces them.
//
// Adverts use one interface; the addresses are on it, or with the virtual MAC on one of the group's own on top of it.
//
// Addresses are reconciled, not switched: while the group is active they are put on the interface again and again, each
// time with a short lifetime, so that the kernel itself removes them when nobody does that any more; while it is not,
// whatever is there of them is taken off at every look (Loop::sweep). Nothing depends on an event having been handled.
//
// Belongs to the thread of the loop (loop.h). Between changes of its state it allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/time.h"
#include "core/track/worth.h"
#include "core/vrrp/gate.h"
#include "core/vrrp/router.h"
#include "core/vrrp/signer.h"
#include "core/vrrp/spread.h"
#include "keeper/vip/own_interface.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/polling.h"
#include "keeper/vip/state.h"
#include "net/advert_socket.h"
#include "net/interfaces.h"
#include "net/macvlan.h"
#include "wire/ethernet.h"

namespace stead::keeper::vip {

class Group {
 public:
  // After so many adverts that could not be sent, one after the other, the others will have taken over.
  static constexpr std::uint32_t kSendPatience = 3;
  // And it is tried again after this: each time, there may be two owners for a moment.
  static constexpr Duration kSendRetry = 30s;
  static constexpr Duration kRefresh = 250ms;  // of the addresses' lifetime, which is a second at least

  // For so long after a release the interface with the virtual MAC stays up, though without addresses: we release at
  // the advert of who takes over, and switches send us packets until its announcement, some milliseconds later.
  static constexpr Duration kLinger = 100ms;

  using Report = std::function<void(const Event&)>;
  // What it has of the kernel, shared by all groups.
  struct Kernel {
    net::Interfaces& interfaces;
    net::FrameSocket& frames;
    net::Macvlans& macvlans;
  };
  Group(Instant now, GroupPlan plan, const Kernel& kernel, Ballots& ballots, Report report);

  // Looks for the interface, at the start and every second until there is one; then whether it still has a link.
  void look(Instant now);
  // What the node is worth beyond its own link. false: the worker is down.
  void set_healthy(Instant now, bool healthy);
  // In place of the plan's: of an address that is shared.
  void set_priority(Instant now, std::uint8_t priority);
  void set_worth(Instant now, const core::track::Worth& worth);
  // Whether nothing of its own keeps it from taking part, and whether something does that belongs to it.
  [[nodiscard]] bool fit() const { return counts_.problem == Problem::None || counts_.problem == Problem::Held; }
  void set_held(Instant now, bool held);

  // Takes what has arrived. To be called before handle_timeout(), whether poll() has spoken of it or not: see
  // core/vrrp/router.h.
  void handle_readable(Instant now);
  // Of the group's family and router id. Likewise before handle_timeout().
  void handle_ballot(Instant now, const Ballots::Received& received);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void handle_handover(Instant now);
  void handle_takeback(Instant now);
  void handle_stop(Instant now);
  void set_report(Report report);
  // Of a plan with the same settings: what may differ in it.
  void adopt(const GroupPlan& plan);
  // Leaves everything as it is, for a process that goes on from here.
  void abandon() { abandoned_ = true; }

  // -1: there is none.
  [[nodiscard]] int fd() const { return socket_ ? socket_->fd() : -1; }
  [[nodiscard]] const GroupPlan& plan() const { return plan_; }
  [[nodiscard]] bool active() const { return router_ && router_->state() == core::vrrp::State::Active; }
  [[nodiscard]] bool owns(const IpAddress& address) const;   // should be on the interface
  [[nodiscard]] bool knows(const IpAddress& address) const;  // is one of the group's
  // Of the addresses. Adverts use the one below where the group has one of its own.
  [[nodiscard]] std::uint32_t carrier() const { return own_ ? own_->index() : interface_.index; }
  // There is an interface of the group's own that should be down, or away, from then on. That takes the kernel long: of
  // all groups, one at a time.
  [[nodiscard]] std::optional<Instant> close_due() const;
  void close();
  // Of the group's own; 0: there is none.
  [[nodiscard]] std::uint32_t own_interface() const { return own_ ? own_->index() : 0; }
  [[nodiscard]] GroupState state() const;
  // Of its adverts; nullopt: it does not take part yet.
  [[nodiscard]] std::optional<IpAddress> source() const;
  [[nodiscard]] core::vrrp::Spread::Seen seen(Instant now) const;

 private:
  [[nodiscard]] Problem prepare(Instant now);
  [[nodiscard]] std::optional<net::Interface> find_interface();
  [[nodiscard]] std::optional<IpAddress> find_source();
  [[nodiscard]] bool had_addresses();
  [[nodiscard]] bool has_source();
  [[nodiscard]] Result<> prepare_carrier();
  [[nodiscard]] Result<> look_at_carrier(Instant now);
  void leave(Instant now, Problem problem, int code = 0);
  void set_problem(Problem problem, int code = 0);
  void apply_priority(Instant now);
  [[nodiscard]] Problem problem_now(Instant now);
  void check_sending(Instant now);

  void take(Instant now, WallTime wall, const net::ReceivedAdvert& packet);
  void perform(Instant now);
  void consult(Instant now);
  void perform_actions(Instant now);
  void perform(Instant now, const core::vrrp::SendAdvert& advert);
  void perform(Instant now, const core::vrrp::ClaimAddresses&);
  void perform(Instant now, const core::vrrp::ReleaseAddresses&);
  void perform(Instant now, const core::vrrp::Announce&);
  void perform(Instant now, const core::vrrp::Changed& changed);
  void perform(Instant now, const core::vrrp::SecondActive& second);
  void put_addresses(Instant now);
  void report_address_error(const IpAddress& address, int code);

  GroupPlan plan_;
  net::Interfaces& interfaces_;
  net::FrameSocket& frames_;
  net::Macvlans& macvlans_;
  Report report_;
  net::Interface interface_;
  std::optional<OwnInterface> own_;
  Instant linger_until_{};
  std::uint32_t leftover_ = 0;  // an interface of its own from a time when it had one
  bool forwards_ = false;       // the node is a router, for neighbour advertisements
  std::optional<net::AdvertSocket> socket_;
  std::optional<core::vrrp::Router> router_;
  std::optional<Polling> polling_;  // where the plan has a vote
  // These two outlive a loss of the interface: who was heard, and what was sent, is not to be forgotten.
  core::vrrp::Gate gate_;
  core::vrrp::Signer signer_;
  bool healthy_ = true;
  std::uint8_t priority_;  // while nothing is wrong
  core::track::Worth worth_;
  bool held_ = false;
  bool abandoned_ = false;
  bool owned_ = false;
  Instant refresh_due_{};
  std::uint32_t lease_s_ = 1;
  int last_address_error_ = 0;
  std::uint32_t send_failures_ = 0;  // in a row
  int send_error_ = 0;
  std::optional<Instant> send_retry_due_;
  GroupState counts_;  // of which only the counters, the problem and the cause are kept up
};

}  // namespace stead::keeper::vip
