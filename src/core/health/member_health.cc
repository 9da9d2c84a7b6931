#include "core/health/member_health.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stead::core::health {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 5> kStateNames{{
    {State::Unproven, "unproven"},
    {State::Up, "up"},
    {State::Trial, "trial"},
    {State::Ejected, "ejected"},
    {State::Down, "down"},
}};

std::string times_in_a_row(std::string_view what, std::uint32_t count) {
  std::string words(what);
  if (count > 1) words += ", " + std::to_string(count) + " times in a row";
  return words;
}

// Batches come from outside this core; a sum that wraps would forgive everything.
void add_saturating(std::uint32_t& sum, std::uint32_t count) {
  constexpr std::uint32_t kEnough = 1'000'000;
  sum = std::min(kEnough, sum + std::min(kEnough, count));
}

}  // namespace

std::string_view to_string(State state) {
  const auto found = std::ranges::find(kStateNames, state, &std::pair<State, std::string_view>::first);
  return found != kStateNames.end() ? found->second : "unknown";
}

std::optional<State> state_from(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name, &std::pair<State, std::string_view>::second);
  return found != kStateNames.end() ? std::optional(found->first) : std::nullopt;
}

std::optional<Transition> MemberHealth::handle_check(Instant now, Instant begun, CheckResult result, const Rules& rules,
                                                     Company company) {
  // It saw the member as it was before. Counting it would let a check that passed just before the crash end the
  // ejection.
  if (begun < judgement_.since) return std::nullopt;
  last_check_ = result;  // outlives changes of state: handle_term_end() asks for it
  return result == CheckResult::Passed ? handle_passed(now, rules) : handle_failed(now, result, rules, company);
}

std::optional<Transition> MemberHealth::handle_passed(Instant now, const Rules& rules) {
  add_saturating(passed_checks_, 1);
  failed_checks_ = 0;
  switch (state()) {
    case State::Up:
      return std::nullopt;
    case State::Unproven:
      // It takes requests already; waiting for `rise` would only keep its checks fast.
      return move_to(now, State::Up, "passed its first check");
    case State::Ejected:
    case State::Trial:
      if (!check_disproves_ejection(rules)) return std::nullopt;
      [[fallthrough]];
    case State::Down:
      if (passed_checks_ < rules.rise) return std::nullopt;
      return move_to(now, State::Up, times_in_a_row("passed the check", passed_checks_));
  }
  return std::nullopt;
}

std::optional<Transition> MemberHealth::handle_failed(Instant now, CheckResult result, const Rules& rules,
                                                      Company company) {
  passed_checks_ = 0;
  add_saturating(failed_checks_, 1);
  if (state() == State::Down) return std::nullopt;
  const bool dead = severity_of(result) == Severity::Dead;
  // A member that was up has earned the doubt of `fall` checks: the failure may be a blip. A new one has not, and in a
  // file with a wrong port or a host that is off, every request that waits for proof is one that fails.
  const bool first_impression = state() == State::Unproven && dead;
  if (failed_checks_ < rules.fall && !first_impression) return std::nullopt;
  // Late answers are what an overrun pool looks like. Taking one member away would overrun the next.
  if (!dead && usable() && !company.another_better) return std::nullopt;
  return move_to(now, State::Down, times_in_a_row(in_words(result), failed_checks_));
}

std::optional<Transition> MemberHealth::handle_outcome(Instant now, OutcomeKind kind, std::uint32_t count,
                                                       const Rules& rules, Company company) {
  // Batches of several data loops arrive in turns, so "in a row" is in the order of arrival. A good answer in any loop
  // ends the row, as it should: the member lives.
  if (count == 0) return std::nullopt;
  switch (severity_of(kind)) {
    case Severity::Fine:
      return handle_ok(now, count, rules);
    case Severity::Poor:
      if (kind == OutcomeKind::ServerError) dead_outcomes_ = 0;  // it lives
      add_saturating(poor_outcomes_, count);
      break;
    case Severity::Dead:
      add_saturating(dead_outcomes_, count);
      break;
  }
  ok_outcomes_ = 0;
  // Asked anew with each failure, not only at the limit: the company that forbade it then may allow it now.
  if (!must_eject(kind, rules, company)) return std::nullopt;
  return eject(now, kind, rules);
}

std::optional<Transition> MemberHealth::handle_ok(Instant now, std::uint32_t count, const Rules& rules) {
  dead_outcomes_ = 0;
  poor_outcomes_ = 0;
  if (state() == State::Unproven) return move_to(now, State::Up, "answered a request");
  if (state() != State::Trial) return std::nullopt;
  add_saturating(ok_outcomes_, count);
  // As many good answers as it takes bad ones to be ejected.
  if (ok_outcomes_ < rules.eject_after) return std::nullopt;
  return move_to(now, State::Up, times_in_a_row("answered a request on trial", ok_outcomes_));
}

std::optional<Transition> MemberHealth::handle_term_end(Instant now, const Rules& rules) {
  if (state() != State::Ejected || now < judgement_.ejected_until) return std::nullopt;
  // Known to fail its checks: a trial would be paid for by a client.
  if (rules.check != CheckDepth::None && last_check_ != CheckResult::Passed) {
    return move_to(now, State::Down, std::string(in_words(last_check_)) + " at the end of its ejection");
  }
  return move_to(now, State::Trial, "its ejection is over");
}

std::optional<Transition> MemberHealth::handle_ready(Instant now) {
  if (state() != State::Ejected && state() != State::Trial) return std::nullopt;
  judgement_.ejections = 0;  // whoever says so has repaired it
  return move_to(now, State::Up, "declared ready by the operator");
}

std::optional<Transition> MemberHealth::handle_checks_ended(Instant now) {
  last_check_ = CheckResult::Passed;
  failed_checks_ = 0;
  if (state() != State::Down) return std::nullopt;
  return move_to(now, State::Trial, "the pool has no checks any more");
}

// One failure is enough to be no example to others. That is strict on purpose: it decides whether a slow member may be
// taken away, and then this one has to carry the load of both.
bool MemberHealth::clean() const {
  return (state() == State::Up || state() == State::Unproven) && failed_checks_ == 0 && dead_outcomes_ == 0 &&
         poor_outcomes_ == 0;
}

bool MemberHealth::changing(const Rules& rules) const {
  switch (state()) {
    case State::Unproven:
    case State::Ejected:
      return true;  // checks may bring it back, or show that it is dead
    case State::Down:
      return passed_checks_ > 0;  // may be down for days; hurry only when it comes back
    case State::Up:
      // Over the limit and still up: slow in a pool that is slow. Asking faster would only add to its load.
      return failed_checks_ > 0 && failed_checks_ < rules.fall;
    case State::Trial:
      return failed_checks_ > 0 || (passed_checks_ > 0 && check_disproves_ejection(rules));
  }
  return false;
}

std::optional<Instant> MemberHealth::term_end() const {
  return state() == State::Ejected ? std::optional(judgement_.ejected_until) : std::nullopt;
}

bool MemberHealth::must_eject(OutcomeKind kind, const Rules& rules, Company company) const {
  // The last one stays, however it fails: some answers are better than none, and a 503 of ours helps nobody.
  if (!usable() || rules.eject_after == 0 || !company.another_usable) return false;
  const bool on_trial = state() == State::Trial;
  if (severity_of(kind) == Severity::Dead) return on_trial || dead_outcomes_ >= rules.eject_after;
  return company.another_better && (on_trial || poor_outcomes_ / Rules::kPoorFactor >= rules.eject_after);
}

bool MemberHealth::check_disproves_ejection(const Rules& rules) const {
  // It has passed its checks before each of these ejections. They don't see what is wrong with it.
  if (judgement_.ejections >= Rules::kFlapping) return false;
  switch (judgement_.ejected_for) {
    case OutcomeKind::ConnectRefused:
    case OutcomeKind::ConnectTimeout:
      return rules.check != CheckDepth::None;
    case OutcomeKind::Slow:
      return rules.check == CheckDepth::Answer;
    case OutcomeKind::Ok:
      return true;  // on trial for another reason than an ejection
    case OutcomeKind::ServerError:
    case OutcomeKind::Reset:
    case OutcomeKind::BadResponse:
      return false;
  }
  return false;
}

Transition MemberHealth::eject(Instant now, OutcomeKind kind, const Rules& rules) {
  // Forgiven when it is asked for rather than by a timer: nobody looks at the number in between.
  const auto forgiven = std::max<Duration::rep>((now - judgement_.ejected_until) / Rules::kForgiveAfter, 0);
  const auto held_against = std::max<Duration::rep>(judgement_.ejections - forgiven, 0);
  judgement_.ejections = static_cast<std::uint32_t>(held_against) + 1;
  judgement_.ejected_for = kind;
  const std::uint32_t failures = severity_of(kind) == Severity::Dead ? dead_outcomes_ : poor_outcomes_;
  std::string reason = times_in_a_row(in_words(kind), failures);
  if (state() == State::Trial) reason += " on trial";
  // The kind of the last failure stands for all of the row; a mixed row is seldom, and its end is the freshest news.
  Transition transition = move_to(now, State::Ejected, std::move(reason));
  judgement_.ejected_until = now + std::min(judgement_.ejections, Rules::kLongestEjection) * rules.eject_for;
  return transition;
}

Transition MemberHealth::move_to(Instant now, State to, std::string reason) {
  const State from = std::exchange(judgement_.state, to);
  judgement_.since = now;
  judgement_.reason = reason;
  // Checks or the operator may have ended the term early; forgiving begins when it has really ended.
  if (from == State::Ejected) judgement_.ejected_until = std::min(judgement_.ejected_until, now);
  // Every state begins with a clean sheet: what led to the change is not counted again for the next one.
  passed_checks_ = failed_checks_ = 0;
  dead_outcomes_ = poor_outcomes_ = ok_outcomes_ = 0;
  return Transition{from, to, std::move(reason)};
}

}  // namespace stead::core::health
