// The health of one pool's members: when each is checked, what is thought of each (member_health.h), what the operator
// has said about it, and so who may take requests. For the control loop; no sockets, clock or threads.
//
// Why not judge each member by itself: with two or three servers the important rules are about the company. The last
// usable member is never ejected, however it behaves. Members that are merely slow are kept unless another one is
// clearly better. And when nobody is usable, all who are not drained are tried (`fail_open`), since a check that fails
// everywhere is more often wrong about the members than right.
//
// After every handle_* and command: perform what poll_action() returns until it is empty, then arm one timer for
// next_timeout(). Actions come in the order in which they must be performed: events before the change they explain.
// Members are named by a key that the caller chooses, "pool/host:port", under which their state is kept over reloads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "core/health/member_health.h"
#include "core/health/outcome.h"
#include "core/health/rules.h"

namespace stead::core::health {

// A member as the configuration file has it.
struct MemberSpec {
  std::string key;
  std::uint32_t weight = 1;
  bool backup = false;
};

// Perform the check, give up after `timeout`, and call handle_check_result() with what came of it. There is at most one
// per member under way.
struct StartCheck {
  std::string member;
  Duration timeout{};
};

// The member was removed: abandon its check, the result is of no interest.
struct CancelCheck {
  std::string member;
};

// What availability() returns has changed: publish a new plan.
struct AvailabilityChanged {};

// For the log and the status page: "app-1:8000 went from up to down: refused the connection 3 times in a row".
struct Event {
  std::string member;
  State from = State::Unproven;
  State to = State::Unproven;
  std::string reason;
};

// Nobody is usable (true), or somebody is again (false). Deserves a loud line, since from the outside it looks as if
// checks did nothing: requests go to members that fail them.
struct FailOpenChanged {
  bool fail_open = false;
};

using Action = std::variant<StartCheck, CancelCheck, AvailabilityChanged, Event, FailOpenChanged>;

// What the data loops need to know.
struct Availability {
  std::string member;
  bool usable = true;  // may take requests; in fail_open also those that are down or ejected, but for the drained
  bool drained = false;
  bool backup = false;
  std::uint32_t weight = 1;  // the operator's, else the file's; 0 takes nothing new
  Instant warm_since{};      // beginning of its slow start; Instant{}: none

  [[nodiscard]] bool operator==(const Availability&) const = default;
};

// What survives reload, upgrade and a new worker; serialised by others. Instants hold within one boot.
struct MemberRecord {
  std::string key;
  Judgement judgement;
  bool drained = false;
  std::optional<std::uint32_t> weight{};  // the operator's
  Instant warm_since{};
};

class PoolHealth {
 public:
  // A check whose result has not come so long after its timeout is taken for lost, without a verdict.
  static constexpr Duration kLostCheckGrace = 5s;

  PoolHealth(Rules rules, std::uint64_t seed);

  // Commands. configure() at the start and at each reload: adds, updates and removes members so that they are as given;
  // what is known of those who stay, stays. A member added to a pool that was there before starts slowly.
  void configure(Instant now, const Rules& rules, std::span<const MemberSpec> members);
  // After configure(), with an earlier snapshot(); records of members that are not in the file any more are ignored.
  void restore(Instant now, std::span<const MemberRecord> records);
  // The operator's. False: no such member.
  bool drain(Instant now, std::string_view member);
  bool ready(Instant now, std::string_view member);
  bool set_weight(Instant now, std::string_view member, std::optional<std::uint32_t> weight);

  // Of the check that was asked for last. Without one under way (the member was removed, or the check taken for lost)
  // it is ignored.
  void handle_check_result(Instant now, std::string_view member, CheckResult result);
  // From a data loop: `count` outcomes of this kind in a row. Those of several loops may come in any order.
  void handle_outcome(Instant now, std::string_view member, OutcomeKind kind, std::uint32_t count);
  // At next_timeout() or later; early calls do no harm.
  void handle_timeout(Instant now);

  [[nodiscard]] std::optional<Action> poll_action();
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  // In the order of the file.
  [[nodiscard]] const std::vector<Availability>& availability() const { return availability_; }
  [[nodiscard]] bool fail_open() const { return fail_open_; }
  [[nodiscard]] std::vector<MemberRecord> snapshot() const;
  // For the status page. nullptr: no such member.
  [[nodiscard]] const MemberHealth* find(std::string_view member) const;

 private:
  // Beginning of the next check; end of patience with the one under way; end of the ejection.
  enum Timer : std::size_t { kNextCheck, kLostCheck, kTermEnd, kTimers };
  struct Member {
    MemberSpec spec;
    MemberHealth health;
    bool drained = false;
    std::optional<std::uint32_t> weight;  // the operator's
    Instant warm_since{};
    bool checking = false;
    Instant check_begun{};                // of the latest; Instant{}: there was none
    std::array<Instant, kTimers> timers;  // kNever: not armed
  };

  // nullptr: no such member, which is no error: a result may come for one that a reload has just removed.
  [[nodiscard]] Member* find_member(std::string_view key);
  [[nodiscard]] static std::uint32_t weight_of(const Member& member);
  [[nodiscard]] static bool in_service(const Member& member);
  [[nodiscard]] Company company_of(const Member& member) const;
  // Its first check is armed, somewhere within the fast interval.
  [[nodiscard]] Member new_member(Instant now, const MemberSpec& spec);
  void cancel_check(Member& member);
  // Arms what the new state needs and tells the log. Every handler ends in it or in update_availability(), so no change
  // of state stays silent.
  bool note(Instant now, Member& member, std::optional<Transition> transition);
  void warm_up(Instant now, Member& member) const;
  void begin_check(Instant now, Member& member);
  void schedule_check(Instant now, Member& member);
  void schedule_first_check(Instant now, Member& member, Duration within);
  void expedite_check(Instant now, Member& member);
  void apply_check_rules(Instant now, Member& member);
  void update_availability();

  Rules rules_;
  Random random_;
  bool configured_ = false;  // whether there was a pool before this configure()
  bool fail_open_ = false;
  std::vector<Member> members_;             // in the order of the file
  std::vector<Availability> availability_;  // as published
  // Bounded by the members: each has at most one check and, between two polls, a few changes of state.
  std::deque<Action> actions_;
};

}  // namespace stead::core::health
