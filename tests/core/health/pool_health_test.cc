#include "core/health/pool_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace stead::core::health {
namespace {

using ::testing::IsEmpty;

constexpr Instant kStart{1'000s};

// Plays the shell: keeps the time, performs actions, answers checks as `answers` says, and writes down what happened.
class PoolHealthTest : public ::testing::Test {
 protected:
  void configure(std::vector<std::string> keys) {
    specs.clear();
    for (std::string& key : keys) specs.push_back(MemberSpec{.key = std::move(key)});
    pool.configure(now, rules, specs);
    perform();
  }

  // Checks are answered at once, except by members in `answers` with nullopt, who never do.
  void perform() {
    while (std::optional<Action> action = pool.poll_action()) {
      std::visit([this](const auto& it) { perform_one(it); }, *action);
    }
  }
  void perform_one(const StartCheck& check) {
    checks.emplace_back(now, check.member);
    const auto answer = answers.find(check.member);
    if (answer == answers.end()) {
      pool.handle_check_result(now, check.member, CheckResult::Passed);
    } else if (answer->second) {
      pool.handle_check_result(now, check.member, *answer->second);
    }
  }
  void perform_one(const CancelCheck& check) { log << "cancel " << check.member << "\n"; }
  void perform_one(const AvailabilityChanged&) { log << "available: " << usable() << "\n"; }
  void perform_one(const FailOpenChanged& change) { log << (change.fail_open ? "fail open\n" : "fail open ends\n"); }
  void perform_one(const Event& event) {
    log << event.member << ": " << to_string(event.from) << " -> " << to_string(event.to) << ", " << event.reason
        << "\n";
  }

  void run(Duration duration) {
    const Instant end = now + duration;
    int turns = 0;
    while (pool.next_timeout().value_or(Instant::max()) <= end) {
      ASSERT_LT(++turns, 1'000'000) << "a timer that is due and never taken";
      now = std::max(now, *pool.next_timeout());
      pool.handle_timeout(now);
      perform();
    }
    now = end;
  }

  void outcome(std::string_view member, OutcomeKind kind, std::uint32_t count = 1) {
    now += 1ms;
    pool.handle_outcome(now, member, kind, count);
    perform();
  }

  [[nodiscard]] std::string usable() const {
    std::string names;
    for (const Availability& member : pool.availability()) {
      if (member.usable) names += (names.empty() ? "" : " ") + member.member;
    }
    return names;
  }
  [[nodiscard]] State state(std::string_view member) const { return pool.find(member)->state(); }
  [[nodiscard]] Availability availability(std::string_view member) const {
    for (const Availability& one : pool.availability()) {
      if (one.member == member) return one;
    }
    ADD_FAILURE() << "no member " << member;
    return {};
  }
  std::string take_log() { return std::exchange(log, std::ostringstream()).str(); }

  Rules rules;
  Instant now = kStart;
  std::vector<MemberSpec> specs;
  PoolHealth pool{rules, 1};
  std::map<std::string, std::optional<CheckResult>, std::less<>> answers;
  std::vector<std::pair<Instant, std::string>> checks;
  std::ostringstream log;
};

TEST_F(PoolHealthTest, NewMembersAreUsableBeforeTheirFirstCheckWhichComesAtOnce) {
  configure({"a", "b"});
  EXPECT_EQ(usable(), "a b");
  EXPECT_TRUE(checks.empty());
  run(rules.every_fast);
  EXPECT_GE(checks.size(), 2U);
  EXPECT_EQ(state("a"), State::Up);
  EXPECT_EQ(state("b"), State::Up);
}

TEST_F(PoolHealthTest, ADeathAndAReturnReadAsAStory) {
  configure({"a", "b"});
  run(2s);
  take_log();
  answers["a"] = CheckResult::Refused;
  run(5s);
  EXPECT_EQ(take_log(),
            "a: up -> down, refused the check's connection, 3 times in a row\n"
            "available: b\n");
  answers.clear();
  run(5s);
  EXPECT_EQ(take_log(),
            "a: down -> up, passed the check, 2 times in a row\n"
            "available: a b\n");
}

TEST_F(PoolHealthTest, ADeathOfAllReadsAsAStory) {
  configure({"a", "b"});
  run(2s);
  take_log();
  answers["a"] = CheckResult::Refused;
  run(5s);
  answers["b"] = CheckResult::Closed;
  run(5s);
  EXPECT_EQ(take_log(),
            "a: up -> down, refused the check's connection, 3 times in a row\n"
            "available: b\n"
            "b: up -> down, closed the check's connection before its answer, 3 times in a row\n"
            "fail open\n"
            "available: a b\n");
  EXPECT_TRUE(pool.fail_open());
  answers.erase("b");
  run(5s);
  EXPECT_EQ(take_log(),
            "b: down -> up, passed the check, 2 times in a row\n"
            "fail open ends\n"
            "available: b\n");
}

TEST_F(PoolHealthTest, AnEjectionReadsAsAStory) {
  rules.check = CheckDepth::None;
  configure({"a", "b"});
  outcome("a", OutcomeKind::Reset, 5);
  run(6s);
  outcome("a", OutcomeKind::Ok, 5);
  EXPECT_EQ(take_log(),
            "available: a b\n"
            "a: unproven -> ejected, closed the connection before the end of its answer, 5 times in a row\n"
            "available: b\n"
            "a: ejected -> trial, its ejection is over\n"
            "available: a b\n"
            "a: trial -> up, answered a request on trial, 5 times in a row\n");
}

TEST_F(PoolHealthTest, ChecksKeepTheirIntervalAndHurryWhileAMemberChanges) {
  configure({"a"});
  run(10s);
  checks.clear();
  run(20s);
  EXPECT_NEAR(static_cast<double>(checks.size()), 20.0, 2.0);
  answers["a"] = CheckResult::Refused;
  checks.clear();
  run(5s);
  ASSERT_GE(checks.size(), 3U);
  for (const std::size_t i : {1U, 2U}) {
    const Duration gap = checks[i].first - checks[i - 1].first;
    EXPECT_GE(gap, rules.every_fast * 9 / 10);
    EXPECT_LE(gap, rules.every_fast * 11 / 10);
  }
  EXPECT_GE(checks[3].first - checks[2].first, rules.every * 9 / 10) << "down: no hurry any more";
}

TEST_F(PoolHealthTest, AThousandMembersAreNotCheckedInTheSameMoment) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.push_back("m" + std::to_string(i));
  configure(keys);
  run(5s);
  std::map<std::int64_t, int> in_millisecond;
  for (const auto& [at, member] : checks) ++in_millisecond[to_ms(at - kStart)];
  for (const auto& [ms, count] : in_millisecond) EXPECT_LE(count, 25) << "at " << ms << " ms";
  std::set<std::string> seen;
  for (const auto& [at, member] : checks) seen.insert(member);
  EXPECT_EQ(seen.size(), 1000U);
}

TEST_F(PoolHealthTest, ThereIsOneCheckPerMemberAtATime) {
  answers["a"] = std::nullopt;
  configure({"a", "b"});
  run(rules.timeout + PoolHealth::kLostCheckGrace);
  EXPECT_EQ(std::ranges::count(checks, "a", &std::pair<Instant, std::string>::second), 1);
}

TEST_F(PoolHealthTest, ALostCheckIsNoVerdictAndAnotherOneFollows) {
  answers["a"] = std::nullopt;
  configure({"a"});
  run(20s);
  EXPECT_GE(checks.size(), 3U);
  EXPECT_EQ(state("a"), State::Unproven);
}

TEST_F(PoolHealthTest, AResultNobodyWaitsForIsIgnored) {
  configure({"a"});
  pool.handle_check_result(now, "a", CheckResult::Refused);
  pool.handle_check_result(now, "nobody", CheckResult::Refused);
  pool.handle_outcome(now, "nobody", OutcomeKind::Reset, 7);
  EXPECT_EQ(state("a"), State::Unproven);
}

TEST_F(PoolHealthTest, ARefusedRequestBringsTheNextCheckForward) {
  rules.every = 60s;
  configure({"a", "b"});
  run(1s);
  checks.clear();
  answers["a"] = CheckResult::Refused;
  outcome("a", OutcomeKind::ConnectRefused);
  run(1s);
  EXPECT_EQ(state("a"), State::Down) << "one refused request and three checks, not a minute";
}

TEST_F(PoolHealthTest, AnEjectedMemberIsCheckedSoonWhateverItsInterval) {
  rules.every = 60s;
  configure({"a", "b"});
  run(1s);
  checks.clear();
  outcome("a", OutcomeKind::Slow, 15);
  ASSERT_EQ(state("a"), State::Ejected);
  run(1s);
  EXPECT_EQ(state("a"), State::Up) << "two passed checks have shown that it answers again";
}

TEST_F(PoolHealthTest, OfTwoMembersThatFailEveryRequestTheSecondIsKept) {
  configure({"a", "b"});
  run(1s);
  for (int i = 0; i < 20; ++i) {
    outcome("a", OutcomeKind::Reset);
    outcome("b", OutcomeKind::Reset);
  }
  EXPECT_EQ(state("a"), State::Ejected);
  EXPECT_EQ(state("b"), State::Up);
  EXPECT_EQ(usable(), "b");
}

TEST_F(PoolHealthTest, TheLastMemberIsTheLastOneThatMayTakeRequests) {
  configure({"a", "b", "c", "d"});
  run(1s);
  pool.drain(now, "b");
  pool.set_weight(now, "c", 0);
  answers["d"] = CheckResult::Refused;
  run(5s);
  outcome("a", OutcomeKind::Reset, 1000);
  EXPECT_EQ(state("a"), State::Up) << "b is drained, c takes nothing, d is down";
  pool.ready(now, "b");
  outcome("a", OutcomeKind::Reset);
  EXPECT_EQ(state("a"), State::Ejected);
}

TEST_F(PoolHealthTest, ABackupIsCompanyEnoughToLoseThePrimary) {
  pool.configure(now, rules, std::vector<MemberSpec>{{.key = "a"}, {.key = "b", .backup = true}});
  perform();
  run(1s);
  outcome("a", OutcomeKind::ConnectRefused, 5);
  EXPECT_EQ(state("a"), State::Ejected);
  EXPECT_TRUE(availability("b").backup);
}

TEST_F(PoolHealthTest, AnOverrunPoolKeepsItsMembersThoughAllAreSlow) {
  configure({"a", "b", "c"});
  run(1s);
  for (const char* member : {"a", "b", "c"}) answers[member] = CheckResult::TimedOut;
  for (int i = 0; i < 50; ++i) {
    for (const char* member : {"a", "b", "c"}) outcome(member, OutcomeKind::Slow);
    run(100ms);
  }
  EXPECT_EQ(usable(), "a b c");
  EXPECT_FALSE(pool.fail_open());
}

TEST_F(PoolHealthTest, AFrozenMemberAmongHealthyOnesIsEjectedWithinItsFirstSlowAnswers) {
  configure({"a", "b"});
  run(1s);
  for (int i = 0; i < 15; ++i) {
    outcome("a", OutcomeKind::Slow);
    outcome("b", OutcomeKind::Ok);
  }
  EXPECT_EQ(state("a"), State::Ejected);
}

TEST_F(PoolHealthTest, WhenNobodyIsUsableAllAreTriedButTheDrained) {
  for (const char* member : {"a", "b", "c"}) answers[member] = CheckResult::WrongStatus;
  configure({"a", "b", "c"});
  pool.drain(now, "c");
  run(5s);
  EXPECT_TRUE(pool.fail_open());
  EXPECT_EQ(usable(), "a b");
}

TEST_F(PoolHealthTest, ADrainedPoolDoesNotFailOpen) {
  configure({"a"});
  pool.drain(now, "a");
  EXPECT_FALSE(pool.fail_open());
  EXPECT_EQ(usable(), "");
}

TEST_F(PoolHealthTest, TheOperatorDrainsAndReadiesAndNobodyElseDoes) {
  rules.slow_start = 10s;
  configure({"a", "b"});
  run(1s);
  EXPECT_TRUE(pool.drain(now, "a"));
  EXPECT_TRUE(availability("a").drained);
  run(1h);
  EXPECT_EQ(usable(), "b");
  EXPECT_TRUE(pool.ready(now, "a"));
  EXPECT_EQ(usable(), "a b");
  EXPECT_EQ(availability("a").warm_since, now) << "its caches have gone cold";
  EXPECT_FALSE(pool.drain(now, "nobody"));
  EXPECT_FALSE(pool.ready(now, "nobody"));
  EXPECT_FALSE(pool.set_weight(now, "nobody", 1));
}

TEST_F(PoolHealthTest, TheOperatorsWeightHoldsOverReloadsUntilTakenBack) {
  configure({"a"});
  pool.set_weight(now, "a", 7);
  EXPECT_EQ(availability("a").weight, 7U);
  specs[0].weight = 3;
  pool.configure(now, rules, specs);
  EXPECT_EQ(availability("a").weight, 7U);
  pool.set_weight(now, "a", std::nullopt);
  EXPECT_EQ(availability("a").weight, 3U);
}

TEST_F(PoolHealthTest, AMemberThatComesBackStartsSlowly) {
  rules.slow_start = 10s;
  configure({"a", "b"});
  run(1s);
  EXPECT_EQ(availability("a").warm_since, Instant{}) << "at the start of all, everyone is equally cold";
  answers["a"] = CheckResult::Refused;
  run(5s);
  answers.clear();
  run(5s);
  ASSERT_EQ(state("a"), State::Up);
  EXPECT_GT(availability("a").warm_since, now - 5s);
  EXPECT_EQ(availability("b").warm_since, Instant{});
}

TEST_F(PoolHealthTest, AReloadKeepsWhatIsKnownOfThoseWhoStay) {
  rules.slow_start = 10s;
  configure({"a", "b", "c"});
  run(1s);
  answers["a"] = CheckResult::Refused;
  run(5s);
  pool.drain(now, "b");
  perform();
  take_log();
  configure({"d", "b", "a"});
  EXPECT_EQ(state("a"), State::Down);
  EXPECT_TRUE(availability("b").drained);
  EXPECT_EQ(state("d"), State::Unproven);
  EXPECT_EQ(availability("d").warm_since, now) << "it joins others";
  EXPECT_EQ(pool.find("c"), nullptr);
  EXPECT_EQ(take_log(), "available: d\n");
  EXPECT_EQ(pool.availability()[0].member, "d") << "in the order of the file";
}

TEST_F(PoolHealthTest, AReloadThatChangesNothingSaysNothingAndDelaysNoCheck) {
  configure({"a", "b"});
  run(3s);
  take_log();
  const auto next = pool.next_timeout();
  pool.configure(now, rules, specs);
  perform();
  EXPECT_EQ(take_log(), "");
  EXPECT_LE(pool.next_timeout(), next);
}

TEST_F(PoolHealthTest, AShorterIntervalHoldsFromTheReloadOn) {
  rules.every = 60s;
  configure({"a"});
  run(1s);
  checks.clear();
  rules.every = 1s;
  configure({"a"});
  run(2s);
  EXPECT_GE(checks.size(), 1U);
}

TEST_F(PoolHealthTest, ARemovedMembersCheckIsAbandoned) {
  answers["a"] = std::nullopt;
  configure({"a", "b"});
  run(1s);
  take_log();
  configure({"b"});
  EXPECT_EQ(take_log(), "cancel a\navailable: b\n");
}

TEST_F(PoolHealthTest, AReloadThatEndsChecksFreesWhoWasDown) {
  configure({"a", "b"});
  answers["a"] = CheckResult::Refused;
  run(5s);
  take_log();
  rules.check = CheckDepth::None;
  configure({"a", "b"});
  EXPECT_EQ(take_log(), "a: down -> trial, the pool has no checks any more\navailable: a b\n");
  EXPECT_EQ(pool.next_timeout(), std::nullopt);
  rules.check = CheckDepth::Answer;
  configure({"a", "b"});
  run(1s);
  EXPECT_EQ(state("a"), State::Down);
}

TEST_F(PoolHealthTest, AMemberNamedTwiceIsOneMember) {
  configure({"a", "a"});
  EXPECT_EQ(pool.availability().size(), 1U);
}

TEST_F(PoolHealthTest, AnEmptyPoolIsQuiet) {
  configure({});
  EXPECT_EQ(pool.next_timeout(), std::nullopt);
  EXPECT_FALSE(pool.fail_open());
  EXPECT_THAT(pool.snapshot(), IsEmpty());
}

TEST_F(PoolHealthTest, ANewWorkerKnowsWhatTheOldOneKnew) {
  configure({"a", "b", "c", "d"});
  run(1s);
  answers["a"] = CheckResult::Refused;
  run(5s);
  outcome("b", OutcomeKind::Reset, 5);
  pool.drain(now, "c");
  pool.set_weight(now, "d", 9);
  const std::vector<MemberRecord> records = pool.snapshot();

  PoolHealth successor(rules, 2);
  successor.configure(now, rules, specs);
  successor.restore(now, records);
  EXPECT_EQ(successor.availability(), pool.availability());
  EXPECT_EQ(successor.find("a")->state(), State::Down);
  EXPECT_EQ(successor.find("b")->term_end(), pool.find("b")->term_end());
  EXPECT_EQ(successor.snapshot().size(), records.size());

  now += 10s;
  successor.handle_timeout(now);
  EXPECT_EQ(successor.find("b")->state(), State::Trial) << "the term goes on in the new worker";
}

TEST_F(PoolHealthTest, ARecordFromElsewhereCannotHoldAMemberBackForEver) {
  configure({"a", "b"});
  pool.restore(now, std::vector<MemberRecord>{
                        {.key = "gone", .judgement = {.state = State::Down}, .weight = {}},
                        {.key = "a",
                         .judgement = {.state = State::Ejected, .since = now + 24h, .ejected_until = now + 24h},
                         .weight = {},
                         .warm_since = now + 24h}});
  perform();
  EXPECT_EQ(state("a"), State::Ejected);
  run(Rules::kLongestEjection * rules.eject_for);
  EXPECT_TRUE(pool.find("a")->usable());
  EXPECT_LE(availability("a").warm_since, now);
}

TEST_F(PoolHealthTest, ARestoredMemberThatIsUpIsCheckedWithinItsInterval) {
  configure({"a"});
  run(3s);
  const std::vector<MemberRecord> records = pool.snapshot();
  pool = PoolHealth(rules, 3);
  pool.configure(now, rules, specs);
  pool.restore(now, records);
  EXPECT_LE(pool.next_timeout(), now + rules.every);
}

// The promise of rules.h, for every combination of state and timing that the seed finds.
TEST_F(PoolHealthTest, AHealedMemberIsBackWithinItsBound) {
  Random random(5);
  configure({"a", "b"});
  run(3s);
  for (int round = 0; round < 300; ++round) {
    if (random.below(2) == 0) outcome("a", random.below(2) == 0 ? OutcomeKind::Reset : OutcomeKind::ConnectRefused, 5);
    answers["a"] = random.below(2) == 0 ? CheckResult::Refused : CheckResult::TimedOut;
    run(Duration{random.below(4'000'000) * std::int64_t{1000}});
    answers.clear();
    const Duration term_left = pool.find("a")->term_end().value_or(now) - now;
    run(longest_return(rules, term_left));
    ASSERT_TRUE(pool.find("a")->usable()) << "round " << round;
    outcome("a", OutcomeKind::Ok, 10);
    run(Duration{random.below(60'000'000) * std::int64_t{1000}});
  }
}

}  // namespace
}  // namespace stead::core::health
