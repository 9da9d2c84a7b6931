// What this node does as the witness of a group that it is no part of: gives its vote (core/vrrp/voter.h) to one of the
// group's nodes at a time, and remembers nothing but whose it is.
//
// Belongs to the thread of the loop (loop.h). Allocates nothing.
#pragma once

#include <functional>
#include <optional>

#include "base/time.h"
#include "core/vrrp/seal.h"
#include "core/vrrp/voter.h"
#include "keeper/vip/ballots.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/state.h"

namespace stead::keeper::vip {

class WitnessOffice {
 public:
  using Report = std::function<void(const Event&)>;
  WitnessOffice(Instant now, WitnessPlan plan, Report report);

  // Of a plan with the same settings.
  void adopt(const WitnessPlan& plan) { seal_.adopt(plan.authentication); }
  void set_report(Report report) { report_ = std::move(report); }

  // Of a router id and a family that are the group's.
  void handle_ballot(Instant now, const Ballots::Received& received, Ballots& ballots);
  // Now and then: whether who had it still has it.
  void look(Instant now);

  [[nodiscard]] const WitnessPlan& plan() const { return plan_; }
  [[nodiscard]] WitnessState state() const { return state_; }

 private:
  WitnessPlan plan_;
  Report report_;
  core::vrrp::Seal seal_;
  core::vrrp::Voter voter_;
  WitnessState state_;
};

}  // namespace stead::keeper::vip
