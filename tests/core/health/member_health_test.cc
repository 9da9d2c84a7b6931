#include "core/health/member_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stead::core::health {
namespace {

using ::testing::HasSubstr;

constexpr Instant kStart{1'000s};
constexpr Company kAlone{};
constexpr Company kGoodCompany{.another_usable = true, .another_better = true};
constexpr Company kPoorCompany{.another_usable = true, .another_better = false};

// One member under the default rules: rise 2, fall 3, eject_after 5, eject_for 5 s; time passes by a millisecond a
// step.
class MemberHealthTest : public ::testing::Test {
 protected:
  std::optional<Transition> check(CheckResult result, Company company = kGoodCompany) {
    now += 1ms;
    return member.handle_check(now, now, result, rules, company);
  }
  std::optional<Transition> outcome(OutcomeKind kind, std::uint32_t count = 1, Company company = kGoodCompany) {
    now += 1ms;
    return member.handle_outcome(now, kind, count, rules, company);
  }
  std::optional<Transition> end_term() {
    now = std::max(now, member.term_end().value_or(now));
    return member.handle_term_end(now, rules);
  }
  void bring_up() {
    check(CheckResult::Passed);
    ASSERT_EQ(member.state(), State::Up);
  }
  void take_down() {
    for (int i = 0; i < 3; ++i) check(CheckResult::Refused);
    ASSERT_EQ(member.state(), State::Down);
  }
  void eject(OutcomeKind kind = OutcomeKind::ConnectRefused) {
    outcome(kind, 5 * Rules::kPoorFactor);
    ASSERT_EQ(member.state(), State::Ejected);
  }

  Rules rules;
  Instant now = kStart;
  MemberHealth member{kStart};
};

TEST_F(MemberHealthTest, ANewMemberTakesRequestsUntilProvenOtherwise) {
  EXPECT_EQ(member.state(), State::Unproven);
  EXPECT_TRUE(member.usable());
  EXPECT_TRUE(member.changing(rules)) << "so that it is proven soon";
}

TEST_F(MemberHealthTest, OnePassedCheckOrOneAnswerProvesANewMember) {
  EXPECT_EQ(check(CheckResult::Passed).value().to, State::Up);
  member = MemberHealth(now);
  EXPECT_EQ(outcome(OutcomeKind::Ok).value().to, State::Up);
}

TEST_F(MemberHealthTest, ANewMemberThatIsNotThereGoesDownAtItsFirstCheck) {
  const Transition transition = check(CheckResult::Refused).value();
  EXPECT_EQ(transition.to, State::Down);
  EXPECT_EQ(transition.reason, "refused the check's connection");
}

TEST_F(MemberHealthTest, ANewMemberThatIsMerelySlowGetsAllItsChances) {
  EXPECT_FALSE(check(CheckResult::TimedOut).has_value());
  EXPECT_FALSE(check(CheckResult::TimedOut).has_value());
  EXPECT_EQ(check(CheckResult::TimedOut).value().to, State::Down);
}

TEST_F(MemberHealthTest, GoesDownAtTheThirdFailedCheckInARow) {
  bring_up();
  EXPECT_FALSE(check(CheckResult::Refused).has_value());
  EXPECT_TRUE(member.changing(rules));
  EXPECT_FALSE(check(CheckResult::WrongStatus).has_value());
  const Transition transition = check(CheckResult::Refused).value();
  EXPECT_EQ(transition.from, State::Up);
  EXPECT_EQ(transition.to, State::Down);
  EXPECT_EQ(transition.reason, "refused the check's connection, 3 times in a row");
  EXPECT_FALSE(member.usable());
  EXPECT_FALSE(member.changing(rules));
}

TEST_F(MemberHealthTest, APassedCheckForgivesThoseBefore) {
  bring_up();
  for (int i = 0; i < 10; ++i) {
    check(CheckResult::Refused);
    check(CheckResult::Refused);
    check(CheckResult::Passed);
  }
  EXPECT_EQ(member.state(), State::Up);
}

TEST_F(MemberHealthTest, ComesUpAtTheSecondPassedCheckInARow) {
  bring_up();
  take_down();
  EXPECT_FALSE(check(CheckResult::Passed).has_value());
  EXPECT_TRUE(member.changing(rules));
  EXPECT_FALSE(check(CheckResult::Refused).has_value());
  EXPECT_FALSE(check(CheckResult::Passed).has_value());
  EXPECT_EQ(check(CheckResult::Passed).value().to, State::Up);
}

TEST_F(MemberHealthTest, GoesDownWhateverItsCompanyIfItIsNotThere) {
  bring_up();
  for (int i = 0; i < 3; ++i) check(CheckResult::Closed, kAlone);
  EXPECT_EQ(member.state(), State::Down);
}

TEST_F(MemberHealthTest, StaysWhileItsChecksAreLateAndNobodyDoesBetter) {
  bring_up();
  for (int i = 0; i < 20; ++i) check(CheckResult::TimedOut, i % 2 == 0 ? kPoorCompany : kAlone);
  EXPECT_EQ(member.state(), State::Up);
  EXPECT_FALSE(member.changing(rules)) << "checks of an overrun pool must not become more frequent for ever";
  EXPECT_EQ(check(CheckResult::TimedOut, kGoodCompany).value().to, State::Down);
}

TEST_F(MemberHealthTest, AMemberThatSaysItIsUnwellIsBelievedWhateverItsCompany) {
  bring_up();
  for (int i = 0; i < 3; ++i) check(CheckResult::WrongStatus, kPoorCompany);
  EXPECT_EQ(member.state(), State::Down);
}

TEST_F(MemberHealthTest, IsEjectedAtTheFifthDeadOutcomeInARow) {
  bring_up();
  EXPECT_FALSE(outcome(OutcomeKind::ConnectRefused, 3).has_value());
  EXPECT_FALSE(outcome(OutcomeKind::Reset).has_value());
  const Transition transition = outcome(OutcomeKind::ConnectRefused).value();
  EXPECT_EQ(transition.to, State::Ejected);
  EXPECT_EQ(transition.reason, "refused the connection, 5 times in a row");
  EXPECT_EQ(member.term_end(), now + 5s);
}

TEST_F(MemberHealthTest, AnAnswerBetweenFailuresForgivesThem) {
  bring_up();
  for (int i = 0; i < 20; ++i) {
    outcome(OutcomeKind::Reset, 4);
    outcome(OutcomeKind::Ok);
    outcome(OutcomeKind::Slow, 14);
    outcome(OutcomeKind::Ok);
  }
  EXPECT_EQ(member.state(), State::Up);
}

TEST_F(MemberHealthTest, TheLastUsableMemberIsNeverEjected) {
  bring_up();
  for (const OutcomeKind kind : {OutcomeKind::ConnectRefused, OutcomeKind::Reset, OutcomeKind::Slow}) {
    EXPECT_FALSE(outcome(kind, 1000, kAlone).has_value());
  }
  EXPECT_EQ(outcome(OutcomeKind::ConnectRefused, 1, kPoorCompany).value().to, State::Ejected)
      << "once another can take over";
}

TEST_F(MemberHealthTest, SlowMembersAreEjectedLaterThanDeadOnes) {
  bring_up();
  EXPECT_FALSE(outcome(OutcomeKind::Slow, 14).has_value());
  const Transition transition = outcome(OutcomeKind::Slow).value();
  EXPECT_EQ(transition.to, State::Ejected);
  EXPECT_EQ(transition.reason, "was slow to answer, 15 times in a row");
}

TEST_F(MemberHealthTest, SlowMembersStayWhereOthersAreNoBetter) {
  bring_up();
  EXPECT_FALSE(outcome(OutcomeKind::Slow, 1000, kPoorCompany).has_value());
  EXPECT_FALSE(outcome(OutcomeKind::ServerError, 1000, kPoorCompany).has_value());
  EXPECT_EQ(outcome(OutcomeKind::Slow, 1, kGoodCompany).value().to, State::Ejected);
}

TEST_F(MemberHealthTest, AServerErrorShowsThatItLives) {
  bring_up();
  for (int i = 0; i < 3; ++i) {
    outcome(OutcomeKind::Reset, 4);
    outcome(OutcomeKind::ServerError, 1);
  }
  EXPECT_EQ(member.state(), State::Up);
}

TEST_F(MemberHealthTest, WithoutPassiveHealthNothingEjects) {
  rules.eject_after = 0;
  bring_up();
  outcome(OutcomeKind::ConnectRefused, 1000);
  outcome(OutcomeKind::Slow, 1000);
  EXPECT_EQ(member.state(), State::Up);
}

TEST_F(MemberHealthTest, HugeCountsDoNotWrapAround) {
  bring_up();
  outcome(OutcomeKind::Slow, 0xffffffff, kAlone);
  outcome(OutcomeKind::Slow, 0xffffffff, kAlone);
  EXPECT_TRUE(outcome(OutcomeKind::Slow, 1, kGoodCompany).has_value());
}

TEST_F(MemberHealthTest, ATermEndsInATrialAndFiveAnswersEndTheTrial) {
  bring_up();
  eject();
  EXPECT_FALSE(member.handle_term_end(now, rules).has_value()) << "not yet";
  EXPECT_EQ(end_term().value().to, State::Trial);
  EXPECT_TRUE(member.usable());
  EXPECT_FALSE(member.clean());
  EXPECT_FALSE(outcome(OutcomeKind::Ok, 4).has_value());
  EXPECT_EQ(outcome(OutcomeKind::Ok).value().to, State::Up);
  EXPECT_TRUE(member.clean());
}

TEST_F(MemberHealthTest, TheAnswersThatEndATrialAreInARow) {
  bring_up();
  eject();
  end_term();
  outcome(OutcomeKind::Ok, 4);
  outcome(OutcomeKind::Slow, 1, kPoorCompany);
  EXPECT_FALSE(outcome(OutcomeKind::Ok, 4).has_value());
  EXPECT_TRUE(outcome(OutcomeKind::Ok).has_value());
}

TEST_F(MemberHealthTest, ASingleFailureOnTrialEjectsForLonger) {
  bring_up();
  for (int n = 1; n <= 15; ++n) {
    n == 1 ? eject() : static_cast<void>(outcome(OutcomeKind::Reset));
    ASSERT_EQ(member.state(), State::Ejected);
    EXPECT_EQ(member.term_end().value() - now, std::min(n, 10) * 5s) << "it grows, up to a limit";
    end_term();
    ASSERT_EQ(member.state(), State::Trial);
  }
}

TEST_F(MemberHealthTest, GoodBehaviourIsForgivenAMinutePerEjection) {
  bring_up();
  for (int n = 0; n < 3; ++n) {
    eject();
    end_term();
    outcome(OutcomeKind::Ok, 5);
  }
  now += 2 * Rules::kForgiveAfter + 1s;
  eject();
  EXPECT_EQ(member.term_end().value() - now, 2 * 5s) << "three, less two, and this one";
  end_term();
  outcome(OutcomeKind::Ok, 5);
  now += 1h;
  eject();
  EXPECT_EQ(member.term_end().value() - now, 5s);
}

TEST_F(MemberHealthTest, PassedChecksEndTheTermWhereTheyDisproveItsReason) {
  for (const OutcomeKind kind : {OutcomeKind::ConnectRefused, OutcomeKind::ConnectTimeout, OutcomeKind::Slow}) {
    member = MemberHealth(now);
    bring_up();
    eject(kind);
    EXPECT_FALSE(check(CheckResult::Passed).has_value());
    EXPECT_EQ(check(CheckResult::Passed).value().to, State::Up) << in_words(kind);
  }
}

TEST_F(MemberHealthTest, PassedChecksDoNotEndATermForWhatTheyCannotSee) {
  for (const OutcomeKind kind : {OutcomeKind::Reset, OutcomeKind::BadResponse, OutcomeKind::ServerError}) {
    member = MemberHealth(now);
    bring_up();
    eject(kind);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(check(CheckResult::Passed).has_value()) << in_words(kind);
    EXPECT_EQ(end_term().value().to, State::Trial);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(check(CheckResult::Passed).has_value()) << "requests must show it";
  }
}

TEST_F(MemberHealthTest, ATcpCheckDoesNotShowThatASlowMemberHasThawed) {
  rules.check = CheckDepth::Connect;
  bring_up();
  eject(OutcomeKind::Slow);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(check(CheckResult::Passed).has_value()) << "the kernel accepts for it";
  end_term();
  member = MemberHealth(now);
  eject(OutcomeKind::ConnectRefused);
  check(CheckResult::Passed);
  EXPECT_EQ(check(CheckResult::Passed).value().to, State::Up);
}

TEST_F(MemberHealthTest, AFlappingMemberServesItsTerm) {
  bring_up();
  for (std::uint32_t n = 1; n < Rules::kFlapping; ++n) {
    eject();
    check(CheckResult::Passed);
    EXPECT_TRUE(check(CheckResult::Passed).has_value());
  }
  eject();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(check(CheckResult::Passed).has_value());
  EXPECT_EQ(end_term().value().to, State::Trial);
}

TEST_F(MemberHealthTest, ACheckFromBeforeAChangeCannotContradictIt) {
  bring_up();
  const Instant begun = now;
  eject();
  member.handle_check(now, begun, CheckResult::Passed, rules, kGoodCompany);
  EXPECT_EQ(member.passed_checks(), 0U);
}

TEST_F(MemberHealthTest, WhoseChecksFailDuringItsTermGoesDownNotOnTrial) {
  bring_up();
  eject();
  check(CheckResult::TimedOut);
  const Transition transition = end_term().value();
  EXPECT_EQ(transition.to, State::Down);
  EXPECT_EQ(transition.reason, "did not answer the check in time at the end of its ejection");

  member = MemberHealth(now);
  bring_up();
  eject();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(check(CheckResult::TimedOut, kAlone).has_value());
  EXPECT_EQ(check(CheckResult::TimedOut, kAlone).value().to, State::Down)
      << "it serves nobody, so company is no excuse";
}

TEST_F(MemberHealthTest, OutcomesOfAMemberThatIsOutChangeNothing) {
  bring_up();
  take_down();
  EXPECT_FALSE(outcome(OutcomeKind::ConnectRefused, 100).has_value());
  EXPECT_FALSE(outcome(OutcomeKind::Ok, 100).has_value()) << "rise passed checks bring it up, nothing else";
  EXPECT_EQ(member.state(), State::Down);
}

TEST_F(MemberHealthTest, TheOperatorEndsAnEjectionButDoesNotOverruleChecks) {
  bring_up();
  eject();
  EXPECT_EQ(member.handle_ready(now).value().to, State::Up);
  EXPECT_EQ(member.judgement().ejections, 0U);
  take_down();
  EXPECT_FALSE(member.handle_ready(now).has_value());
  EXPECT_EQ(member.state(), State::Down);
}

TEST_F(MemberHealthTest, WithoutChecksADownMemberGetsATrialSinceNothingElseWouldBringItUp) {
  bring_up();
  take_down();
  rules.check = CheckDepth::None;
  EXPECT_EQ(member.handle_checks_ended(now).value().to, State::Trial);
  EXPECT_EQ(outcome(OutcomeKind::Ok, 5).value().to, State::Up);
}

TEST_F(MemberHealthTest, WithoutPassiveHealthATrialEndsAtTheFirstAnswer) {
  bring_up();
  eject();
  end_term();
  rules.eject_after = 0;
  EXPECT_EQ(outcome(OutcomeKind::Ok).value().to, State::Up);
}

TEST_F(MemberHealthTest, AJudgementCarriesEverythingThatASuccessorNeeds) {
  bring_up();
  eject(OutcomeKind::Slow);
  MemberHealth successor(member.judgement());
  EXPECT_EQ(successor.state(), State::Ejected);
  EXPECT_EQ(successor.term_end(), member.term_end());
  EXPECT_THAT(successor.judgement().reason, HasSubstr("slow"));
  now += 1s;
  successor.handle_check(now, now, CheckResult::Passed, rules, kAlone);
  EXPECT_EQ(successor.handle_check(now, now, CheckResult::Passed, rules, kAlone).value().to, State::Up);
}

TEST(State, NamesGoBothWays) {
  for (const State state : {State::Unproven, State::Up, State::Trial, State::Ejected, State::Down}) {
    EXPECT_EQ(state_from(to_string(state)), state);
  }
  EXPECT_EQ(state_from("upp"), std::nullopt);
  EXPECT_EQ(state_from(""), std::nullopt);
}

TEST(Severity, TellsSlowFromDead) {
  EXPECT_EQ(severity_of(CheckResult::Passed), Severity::Fine);
  EXPECT_EQ(severity_of(CheckResult::TimedOut), Severity::Poor);
  EXPECT_EQ(severity_of(CheckResult::ConnectTimeout), Severity::Dead);
  EXPECT_EQ(severity_of(OutcomeKind::Ok), Severity::Fine);
  EXPECT_EQ(severity_of(OutcomeKind::Slow), Severity::Poor);
  EXPECT_EQ(severity_of(OutcomeKind::ServerError), Severity::Poor);
  EXPECT_EQ(severity_of(OutcomeKind::ConnectTimeout), Severity::Dead);
}

}  // namespace
}  // namespace stead::core::health
