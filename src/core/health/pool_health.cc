#include "core/health/pool_health.h"

#include <algorithm>
#include <utility>

namespace stead::core::health {
namespace {

constexpr Instant kNever = Instant::max();

// A record may come from another version: nothing in it may hold a member back for longer than the rules do.
Judgement plausible(Judgement judgement, Instant now, const Rules& rules) {
  judgement.since = std::min(judgement.since, now);
  judgement.ejected_until = std::min(judgement.ejected_until, now + Rules::kLongestEjection * rules.eject_for);
  return judgement;
}

}  // namespace

PoolHealth::PoolHealth(Rules rules, std::uint64_t seed) : rules_(rules), random_(seed) {}

void PoolHealth::configure(Instant now, const Rules& rules, std::span<const MemberSpec> members) {
  rules_ = rules;
  // Built anew in the order of the file, moving over what is known. Nothing is judged on the way: company_of() and
  // availability make sense again only when everybody is there.
  std::vector<Member> earlier = std::exchange(members_, {});
  for (const MemberSpec& spec : members) {
    if (find_member(spec.key) != nullptr) continue;  // named twice: the first line stands
    const auto known = std::ranges::find(earlier, spec.key, [](const Member& member) { return member.spec.key; });
    if (known == earlier.end()) {
      members_.push_back(new_member(now, spec));
      continue;
    }
    known->spec = spec;
    members_.push_back(std::move(*known));
    earlier.erase(known);
    apply_check_rules(now, members_.back());
  }
  for (Member& gone : earlier) cancel_check(gone);
  configured_ = true;
  update_availability();
}

void PoolHealth::restore(Instant now, std::span<const MemberRecord> records) {
  for (const MemberRecord& record : records) {
    Member* member = find_member(record.key);
    if (member == nullptr) continue;
    member->health = MemberHealth(plausible(record.judgement, now, rules_));
    member->drained = record.drained;
    member->weight = record.weight;
    member->warm_since = std::min(record.warm_since, now);
    // An ejection goes on where it was: instants mean the same to all processes of a boot.
    member->timers[kTermEnd] = member->health.term_end().value_or(kNever);
    apply_check_rules(now, *member);
    if (rules_.check == CheckDepth::None || member->checking) continue;
    schedule_first_check(now, *member, member->health.changing(rules_) ? rules_.every_fast : rules_.every);
  }
  update_availability();
}

bool PoolHealth::drain(Instant, std::string_view key) {
  // Its checks go on, so that it is known to be well before it is readied again.
  Member* member = find_member(key);
  if (member == nullptr) return false;
  member->drained = true;
  update_availability();
  return true;
}

bool PoolHealth::ready(Instant now, std::string_view key) {
  Member* member = find_member(key);
  if (member == nullptr) return false;
  if (std::exchange(member->drained, false)) warm_up(now, *member);
  note(now, *member, member->health.handle_ready(now));
  update_availability();
  return true;
}

bool PoolHealth::set_weight(Instant, std::string_view key, std::optional<std::uint32_t> weight) {
  Member* member = find_member(key);
  if (member == nullptr) return false;
  member->weight = weight;
  update_availability();
  return true;
}

void PoolHealth::handle_check_result(Instant now, std::string_view key, CheckResult result) {
  Member* member = find_member(key);
  if (member == nullptr || !member->checking) return;  // removed meanwhile, or taken for lost
  member->checking = false;
  member->timers[kLostCheck] = kNever;
  note(now, *member, member->health.handle_check(now, member->check_begun, result, rules_, company_of(*member)));
  schedule_check(now, *member);
  update_availability();
}

void PoolHealth::handle_outcome(Instant now, std::string_view key, OutcomeKind kind, std::uint32_t count) {
  Member* member = find_member(key);
  if (member == nullptr) return;
  const Severity severity = severity_of(kind);
  const Company company =
      severity == Severity::Fine ? Company{} : company_of(*member);  // spared where it doesn't matter
  const bool changed = note(now, *member, member->health.handle_outcome(now, kind, count, rules_, company));
  if (severity == Severity::Dead) expedite_check(now, *member);
  if (changed) update_availability();
}

void PoolHealth::handle_timeout(Instant now) {
  // The end of a term before the next check: a check begun after it belongs to the new state.
  for (Member& member : members_) {
    if (member.timers[kTermEnd] <= now) note(now, member, member.health.handle_term_end(now, rules_));
    if (member.timers[kLostCheck] <= now) {
      member.checking = false;
      member.timers[kLostCheck] = kNever;
      schedule_check(now, member);
    }
    if (member.timers[kNextCheck] <= now) begin_check(now, member);
  }
  update_availability();
}

std::optional<Action> PoolHealth::poll_action() {
  if (actions_.empty()) return std::nullopt;
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

// A scan: even a thousand members with three timers each cost microseconds, a few times a second.
std::optional<Instant> PoolHealth::next_timeout() const {
  Instant next = kNever;
  for (const Member& member : members_) next = std::min(next, *std::ranges::min_element(member.timers));
  return next == kNever ? std::nullopt : std::optional(next);
}

std::vector<MemberRecord> PoolHealth::snapshot() const {
  std::vector<MemberRecord> records;
  records.reserve(members_.size());
  for (const Member& member : members_) {
    records.push_back(MemberRecord{.key = member.spec.key,
                                   .judgement = member.health.judgement(),
                                   .drained = member.drained,
                                   .weight = member.weight,
                                   .warm_since = member.warm_since});
  }
  return records;
}

const MemberHealth* PoolHealth::find(std::string_view key) const {
  const auto found =
      std::ranges::find(members_, key, [](const Member& member) -> std::string_view { return member.spec.key; });
  return found != members_.end() ? &found->health : nullptr;
}

PoolHealth::Member* PoolHealth::find_member(std::string_view key) {
  const auto found =
      std::ranges::find(members_, key, [](const Member& member) -> std::string_view { return member.spec.key; });
  return found != members_.end() ? &*found : nullptr;
}

std::uint32_t PoolHealth::weight_of(const Member& member) { return member.weight.value_or(member.spec.weight); }

// Takes requests for its own sake, not because everybody is tried.
bool PoolHealth::in_service(const Member& member) {
  return member.health.usable() && !member.drained && weight_of(member) > 0;
}

// Backups count: they are there for the day when the others are gone.
Company PoolHealth::company_of(const Member& member) const {
  Company company;
  for (const Member& other : members_) {
    if (&other == &member || !in_service(other)) continue;
    // One that warms up counts in full: a tenth of a share is still a member that answers.
    company.another_usable = true;
    company.another_better = company.another_better || other.health.clean();
  }
  return company;
}

PoolHealth::Member PoolHealth::new_member(Instant now, const MemberSpec& spec) {
  Member member{.spec = spec, .health = MemberHealth(now), .weight = {}, .timers = {kNever, kNever, kNever}};
  // At the start of all everyone is equally cold; one that joins others is not.
  if (configured_) warm_up(now, member);
  if (rules_.check != CheckDepth::None) schedule_first_check(now, member, rules_.every_fast);
  return member;
}

void PoolHealth::cancel_check(Member& member) {
  if (member.checking) actions_.emplace_back(CancelCheck{member.spec.key});
  member.checking = false;
  member.timers[kNextCheck] = member.timers[kLostCheck] = kNever;
}

// What follows from a change of state, wherever it came from. True: there was one.
bool PoolHealth::note(Instant now, Member& member, std::optional<Transition> transition) {
  member.timers[kTermEnd] = member.health.term_end().value_or(kNever);
  if (!transition) return false;
  const bool was_usable = transition->from != State::Down && transition->from != State::Ejected;
  // Also after an ejection: whoever was slow under load must not get all of it back at once.
  if (!was_usable && member.health.usable()) warm_up(now, member);
  // The new state may want its checks sooner than the timer that was armed for the old one.
  if (!member.checking && rules_.check != CheckDepth::None) schedule_check(now, member);
  actions_.emplace_back(Event{member.spec.key, transition->from, transition->to, std::move(transition->reason)});
  return true;
}

void PoolHealth::warm_up(Instant now, Member& member) const {
  member.warm_since = rules_.slow_start > Duration{0} ? now : Instant{};
}

void PoolHealth::begin_check(Instant now, Member& member) {
  // The shell keeps the timeout, since it owns the connection. kLostCheck is for a shell that forgets: without it, one
  // lost result would end all checks of the member.
  member.checking = true;
  member.check_begun = now;
  member.timers[kNextCheck] = kNever;
  member.timers[kLostCheck] = now + rules_.timeout + kLostCheckGrace;
  actions_.emplace_back(StartCheck{member.spec.key, rules_.timeout});
}

// Intervals run from start to start, so that slow checks don't become rare ones.
void PoolHealth::schedule_check(Instant now, Member& member) {
  if (rules_.check == CheckDepth::None) return;
  const Duration interval = member.health.changing(rules_) ? rules_.every_fast : rules_.every;
  const double stretch = 1.0 + kCheckJitter * (2.0 * random_.unit() - 1.0);
  const Duration wait{static_cast<Duration::rep>(static_cast<double>(interval.count()) * stretch)};
  member.timers[kNextCheck] = std::max(now, member.check_begun + wait);
}

// Spread over `within`: at a start or a reload all members of all pools are new in the same millisecond.
void PoolHealth::schedule_first_check(Instant now, Member& member, Duration within) {
  const Duration wait{static_cast<Duration::rep>(static_cast<double>(within.count()) * random_.unit())};
  member.timers[kNextCheck] = now + wait;
}

// Requests have met a failure that a check can confirm: don't wait out the interval.
void PoolHealth::expedite_check(Instant now, Member& member) {
  if (rules_.check == CheckDepth::None || member.checking || !member.health.usable()) return;
  const Instant soon = std::max(now, member.check_begun + rules_.every_fast);
  member.timers[kNextCheck] = std::min(member.timers[kNextCheck], soon);
}

// The rules may have changed under a member that stays.
void PoolHealth::apply_check_rules(Instant now, Member& member) {
  if (rules_.check == CheckDepth::None) {
    cancel_check(member);
    note(now, member, member.health.handle_checks_ended(now));
  } else if (!member.checking && member.check_begun == Instant{}) {
    if (member.timers[kNextCheck] == kNever) schedule_first_check(now, member, rules_.every_fast);
  } else if (!member.checking) {
    const Instant before = member.timers[kNextCheck];
    schedule_check(now, member);
    member.timers[kNextCheck] = std::min(member.timers[kNextCheck], before);  // a shorter interval holds at once
  }
}

void PoolHealth::update_availability() {
  // Compared with what was published rather than tracked change by change: a missed case would leave the data loops
  // with an old plan for ever, and changes are rare.
  const bool anyone = std::ranges::any_of(members_, in_service);
  std::vector<Availability> current;
  current.reserve(members_.size());
  for (const Member& member : members_) {
    current.push_back(Availability{.member = member.spec.key,
                                   .usable = !member.drained && (member.health.usable() || !anyone),
                                   .drained = member.drained,
                                   .backup = member.spec.backup,
                                   .weight = weight_of(member),
                                   .warm_since = member.warm_since});
  }
  const bool fail_open = !anyone && std::ranges::any_of(current, [](const Availability& member) {
    return member.usable && member.weight > 0;
  });
  if (std::exchange(fail_open_, fail_open) != fail_open) actions_.emplace_back(FailOpenChanged{fail_open});
  if (current == availability_) return;
  availability_ = std::move(current);
  // One is enough, and it must come after the events that explain it.
  std::erase_if(actions_, [](const Action& action) { return std::holds_alternative<AvailabilityChanged>(action); });
  actions_.emplace_back(AvailabilityChanged{});
}

}  // namespace stead::core::health
