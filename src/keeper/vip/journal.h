// What happens to virtual addresses, in words: for the log, and for `stead vip`. Without clocks or a log of its own.
//
// Says each thing once: refused adverts and adverts of a second owner come many times a second, and are summed up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/log.h"
#include "base/time.h"
#include "config/model.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/service.h"
#include "keeper/vip/state.h"

namespace stead::keeper::vip {

struct Line {
  LogLevel level = LogLevel::Info;
  std::string text;
};

class Journal {
 public:
  // Between two lines about the same kind of refused adverts, or of a second owner.
  static constexpr Duration kQuiet = 10s;

  // A plan is in effect; events of earlier ones are no longer understood.
  void begin(const Plan& plan, std::uint64_t generation, const config::Config& config, std::string node);
  // Why the vip is withdrawn, before it is: "uplink is bad: no answer from 10.0.0.1 for 3 s".
  void set_withdrawal(std::string_view vip, std::string why);
  [[nodiscard]] std::vector<Line> handle(Instant now, const Event& event);
  // Now and then: what was refused since the last time.
  [[nodiscard]] std::vector<Line> look(Instant now, const Snapshot& snapshot);

  // Why a group is in its state: "edge-1 silent for 312 ms". Empty: nothing has happened yet.
  [[nodiscard]] std::string why(std::size_t group) const;
  // Why a group cannot take part now. Empty: it can.
  [[nodiscard]] std::string problem(std::size_t group, const GroupState& state) const;
  // How the witness of a group is: "app answers".
  [[nodiscard]] std::string witness(std::size_t group, Instant now, const VoteState& state, int ballots_error) const;
  // To whom we have given our vote, as the witness of a group of others. Empty: nobody.
  [[nodiscard]] std::string holder(std::size_t office, const WitnessState& state) const;
  // A node's name, or the address of what is no node.
  [[nodiscard]] std::string name_of(const IpAddress& address) const;

 private:
  struct Voters {
    std::vector<std::string> nodes;
    std::string witness;
    std::size_t self = 0;
    [[nodiscard]] std::string name(std::size_t voter) const;
  };
  struct Office {
    std::string vip;
    std::string addresses;
    Voters voters;
  };
  struct Group {
    std::string vip;
    std::string addresses;  // "10.0.0.100", "10.0.0.100 and 10.0.0.101"
    Voters voters;          // where it has a witness
    std::string why;
    std::string withdrawal;  // the last
    bool withdrawn = false;
    Instant second_active_said = Instant::min();
    std::array<std::uint64_t, core::vrrp::kFaults> refused{};
    std::array<Instant, core::vrrp::kFaults> refusal_said;
    Group() { refusal_said.fill(Instant::min()); }
  };

  [[nodiscard]] Line changed(Group& group, const core::vrrp::Changed& changed) const;
  [[nodiscard]] static std::string problem_of(const Group& group, Problem problem, int code);
  // Of witnesses: journal_votes.cc.
  [[nodiscard]] Voters voters_of(const VotePlan& vote) const;
  [[nodiscard]] static std::string why_not(const Voters& voters, const Event& event);
  [[nodiscard]] Line vote_line(const Group& group, const Event& event) const;
  [[nodiscard]] Line office_line(const Event& event) const;
  [[nodiscard]] std::optional<Line> ballots_line(int error);
  [[nodiscard]] std::string peer_of(const core::vrrp::Changed& changed) const;

  std::vector<Group> groups_;
  std::vector<Office> offices_;
  int ballots_error_ = 0;
  std::uint64_t generation_ = 0;
  std::string node_;
  std::map<IpAddress, std::string> names_;
};

// "10.0.0.100", "10.0.0.100 and 10.0.0.101".
[[nodiscard]] std::string in_words(const std::vector<IpAddress>& addresses);

// "no network interface has the node's address"
[[nodiscard]] std::string describe(Problem problem, int code);

}  // namespace stead::keeper::vip
