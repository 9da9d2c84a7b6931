// How a group asks for leave to have its addresses: the shell around core/vrrp/tie_break.h. Sends what that has to say
// to the vip's other nodes and its witness, and takes from these, and nobody else, what they say.
//
// Belongs to its group (group.h), which tells the router what poll_verdict() says. Allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"
#include "core/vrrp/seal.h"
#include "core/vrrp/tie_break.h"
#include "keeper/vip/ballots.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/state.h"

namespace stead::keeper::vip {

class Polling {
 public:
  enum class Verdict : std::uint8_t { Permit, GiveUp };

  using Report = std::function<void(const Event&)>;
  // Of a plan with a vote.
  Polling(Instant now, const GroupPlan& plan, Ballots& ballots, Report report);
  void adopt(const core::vrrp::Authentication& authentication) { seal_.adopt(authentication); }
  void set_report(Report report) { report_ = std::move(report); }

  void follow(Instant now, const core::vrrp::Claim& claim);
  // Of a router id and a family that are the group's.
  void handle_ballot(Instant now, const Ballots::Received& received);
  void handle_timeout(Instant now);
  void handle_stop();
  [[nodiscard]] std::optional<Verdict> poll_verdict();
  [[nodiscard]] Instant next_timeout() const { return tie_break_.next_timeout(); }
  [[nodiscard]] VoteState state() const { return state_; }

 private:
  [[nodiscard]] std::optional<std::size_t> voter_at(const IpAddress& address) const;
  void send(const IpAddress& destination, const wire::witness::Ballot& ballot);
  void perform();
  void perform(const core::vrrp::SendToAll& action);
  void perform(const core::vrrp::Permit&) { verdict_ = Verdict::Permit; }
  void perform(const core::vrrp::GiveUp&) { verdict_ = Verdict::GiveUp; }
  void perform(const core::vrrp::MayNot& action);
  void watch_witness(Instant now);

  VotePlan plan_;
  Family family_;
  std::uint8_t router_id_;
  Ballots& ballots_;
  Report report_;
  core::vrrp::Seal seal_;
  core::vrrp::TieBreak tie_break_;
  std::optional<Verdict> verdict_;
  VoteState state_;
};

}  // namespace stead::keeper::vip
