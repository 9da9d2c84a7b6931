// What is thought of one member: the judgement, without the pool around it, timers or actions (pool_health.h).
//
//   state      requests?  goes on to
//   Unproven   yes        Up at a passed check or an Ok; Down at a dead first check or `fall` failed ones
//   Up         yes        Down at `fall` failed checks; Ejected at failed requests in a row
//   Trial      yes        Up at eject_after Ok in a row; Ejected, for longer, at one failure; Down as Up does
//   Ejected    no         Trial at the end of its term, but Down if its latest check failed; Down as Up does
//   Down       no         Up at `rise` passed checks
//
// Passed checks, `rise` of them and all begun after the ejection, also take Ejected and Trial to Up where they disprove
// the reason: any check for a refused connection, one with an answer for slowness too, none for resets, bad answers and
// 5xx, which a shallow check doesn't see; and none for a member that flaps (ejected for the third time).
//
// A member that has healed is back within longest_return() (rules.h): Down, after one ordinary interval and `rise` fast
// ones; Ejected, at the latest when its term is over, min(n, 10) x eject_for for the n-th ejection. The trial is made
// of ordinary requests, a tenth of its share at first where the pool has a slow start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/health/outcome.h"
#include "core/health/rules.h"

namespace stead::core::health {

// What is written into snapshots is to_string()'s; the order of the enumerators means nothing.
enum class State : std::uint8_t { Unproven, Up, Trial, Ejected, Down };

[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::optional<State> state_from(std::string_view name);

// What the rest of the pool can do meanwhile. Decides whether the pool can afford to lose this member.
struct Company {
  bool another_usable = false;  // takes requests now
  bool another_better = false;  // … and shows no failure of its own: neither checks nor outcomes
};

// A change of state, for the log.
struct Transition {
  State from = State::Unproven;
  State to = State::Unproven;
  std::string reason;  // "refused the connection 3 times in a row"
};

// What outlives reload, upgrade and worker: MemberHealth's part of it.
struct Judgement {
  State state = State::Unproven;
  Instant since{};
  std::uint32_t ejections = 0;
  Instant ejected_until{};  // Ejected: end of term. Otherwise: of the last one; ejections are forgiven from here on
  OutcomeKind ejected_for = OutcomeKind::Ok;
  std::string reason{};  // of the last transition
};

// Every handle_* returns the change of state that it made, if it made one. `rules` come with each call, so that a
// reload changes them for all members at once and none keeps old ones.
class MemberHealth {
 public:
  explicit MemberHealth(Instant now) { judgement_.since = now; }
  explicit MemberHealth(Judgement judgement) : judgement_(std::move(judgement)) {}

  // `begun`: when the check was sent; one from before the latest change of state cannot contradict it.
  std::optional<Transition> handle_check(Instant now, Instant begun, CheckResult result, const Rules& rules,
                                         Company company);
  // `count` outcomes of one kind in a row. `company` matters only for bad ones.
  std::optional<Transition> handle_outcome(Instant now, OutcomeKind kind, std::uint32_t count, const Rules& rules,
                                           Company company);
  // To be called at term_end().
  std::optional<Transition> handle_term_end(Instant now, const Rules& rules);
  // The operator says that it is ready: ends an ejection at once. Checks stand: a member that is Down stays so.
  std::optional<Transition> handle_ready(Instant now);
  // The pool has no checks any more: nothing would ever bring it up again, so it gets a trial.
  std::optional<Transition> handle_checks_ended(Instant now);

  [[nodiscard]] State state() const { return judgement_.state; }
  [[nodiscard]] bool usable() const { return state() != State::Down && state() != State::Ejected; }
  // No failure since its last success, and not on trial.
  [[nodiscard]] bool clean() const;
  // Between two states, so that the next check should come soon.
  [[nodiscard]] bool changing(const Rules& rules) const;
  // End of the ejection; nullopt where there is none.
  [[nodiscard]] std::optional<Instant> term_end() const;
  [[nodiscard]] const Judgement& judgement() const { return judgement_; }
  [[nodiscard]] std::uint32_t failed_checks() const { return failed_checks_; }  // in a row
  [[nodiscard]] std::uint32_t passed_checks() const { return passed_checks_; }  // in a row

 private:
  // The halves of handle_check().
  std::optional<Transition> handle_passed(Instant now, const Rules& rules);
  std::optional<Transition> handle_failed(Instant now, CheckResult result, const Rules& rules, Company company);
  // The good half of handle_outcome(); must_eject() and eject() are the other.
  std::optional<Transition> handle_ok(Instant now, std::uint32_t count, const Rules& rules);
  [[nodiscard]] bool must_eject(OutcomeKind kind, const Rules& rules, Company company) const;
  // Whether a passed check shows that the reason for the ejection is gone.
  [[nodiscard]] bool check_disproves_ejection(const Rules& rules) const;
  Transition eject(Instant now, OutcomeKind kind, const Rules& rules);
  // The only place where the state changes.
  Transition move_to(Instant now, State to, std::string reason);

  Judgement judgement_;
  std::uint32_t passed_checks_ = 0;
  std::uint32_t failed_checks_ = 0;
  CheckResult last_check_ = CheckResult::Passed;  // of any state, unlike the counts
  std::uint32_t dead_outcomes_ = 0;               // in a row, of any dead kind
  std::uint32_t poor_outcomes_ = 0;               // since the last Ok
  std::uint32_t ok_outcomes_ = 0;                 // in a row, while on trial
};

}  // namespace stead::core::health
