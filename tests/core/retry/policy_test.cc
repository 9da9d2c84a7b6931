#include "core/retry/policy.h"

#include <gtest/gtest.h>

#include <string>

namespace stead::core::retry {
namespace {

constexpr Failure kFailures[] = {Failure::ConnectRefused, Failure::ConnectTimeout,  Failure::ReusedClosed,
                                 Failure::FreshReset,     Failure::AnswerBegun,     Failure::BadResponse,
                                 Failure::FirstByteLate,  Failure::FirstByteTimeout};

// A GET, sent whole to the first of two members.
Situation get(Failure failure) {
  return Situation{.failure = failure, .request = Repeatability::Safe, .bytes_sent = 100, .other_member = true};
}

Situation put(Failure failure) {
  Situation situation = get(failure);
  situation.request = Repeatability::Idempotent;
  return situation;
}

Situation post(Failure failure) {
  Situation situation = get(failure);
  situation.request = Repeatability::Never;
  return situation;
}

Situation alone(Situation situation) {
  situation.other_member = false;
  return situation;
}

Decision elsewhere(bool spends) { return {.verdict = Verdict::RetryElsewhere, .spends_budget = spends}; }
Decision fail(std::uint16_t status) { return {.verdict = Verdict::Fail, .status = status}; }

TEST(RetryPolicy, KnowsTheMethodsOfRfc9110) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    EXPECT_EQ(repeatability_of(method), Repeatability::Safe) << method;
  }
  for (const char* method : {"PUT", "DELETE"}) {
    EXPECT_EQ(repeatability_of(method), Repeatability::Idempotent) << method;
  }
  for (const char* method : {"POST", "PATCH", "CONNECT", "get", "LOCK", "", "GETX"}) {
    EXPECT_EQ(repeatability_of(method), Repeatability::Never) << method;
  }
}

TEST(RetryPolicy, ARefusedConnectionGoesToAnotherMemberWhateverTheMethodAndWithoutBudget) {
  for (const Situation& situation :
       {get(Failure::ConnectRefused), put(Failure::ConnectRefused), post(Failure::ConnectRefused)}) {
    EXPECT_EQ(decide(situation), elsewhere(false));
  }
}

TEST(RetryPolicy, AConnectionThatTimedOutGoesToAnotherMemberWithinTheBudget) {
  EXPECT_EQ(decide(post(Failure::ConnectTimeout)), elsewhere(true));
  EXPECT_EQ(decide_without_budget(post(Failure::ConnectTimeout)), fail(504));
}

TEST(RetryPolicy, AReusedConnectionThatClosedSendsRepeatableRequestsElsewhere) {
  EXPECT_EQ(decide(get(Failure::ReusedClosed)), elsewhere(true));
  EXPECT_EQ(decide(put(Failure::ReusedClosed)), elsewhere(true));
  EXPECT_EQ(decide(post(Failure::ReusedClosed)), fail(502));
}

TEST(RetryPolicy, AKilledMembersFreshConnectionsSendRepeatableRequestsElsewhere) {
  EXPECT_EQ(decide(get(Failure::FreshReset)), elsewhere(true));
  EXPECT_EQ(decide(put(Failure::FreshReset)), elsewhere(true));
  EXPECT_EQ(decide(post(Failure::FreshReset)), fail(502));
}

TEST(RetryPolicy, APostIsRepeatedWhenNothingOfItCanHaveBeenProcessed) {
  for (const Failure failure : {Failure::ReusedClosed, Failure::FreshReset}) {
    Situation unsent = post(failure);
    unsent.bytes_sent = 0;
    EXPECT_EQ(decide(unsent), elsewhere(false));
    Situation proven = post(failure);
    proven.unprocessed = true;
    EXPECT_EQ(decide(proven), elsewhere(false));
  }
}

TEST(RetryPolicy, TheOnlyMemberGetsASecondTryOverAFreshConnection) {
  EXPECT_EQ(decide(alone(get(Failure::ReusedClosed))),
            (Decision{.verdict = Verdict::RetrySameMemberFresh, .spends_budget = true}));
  EXPECT_EQ(decide(alone(post(Failure::ReusedClosed))), fail(502));
  EXPECT_EQ(decide(alone(get(Failure::FreshReset))), fail(502)) << "fresh already: the member itself is in trouble";
}

TEST(RetryPolicy, AMemberThatWasPutOutMeanwhileGetsNoSecondTry) {
  Situation situation = alone(get(Failure::ReusedClosed));
  situation.same_member = false;
  EXPECT_EQ(decide(situation), fail(502));
  situation.may_queue = true;
  EXPECT_EQ(decide(situation).verdict, Verdict::Queue) << "somebody may come up";
}

TEST(RetryPolicy, WhatIsNoLongerAtHandIsNotRepeated) {
  for (const Failure failure : kFailures) {
    Situation situation = get(failure);
    situation.replayable = false;
    situation.may_queue = true;
    const Verdict verdict = decide(situation).verdict;
    EXPECT_TRUE(verdict == Verdict::Fail || verdict == Verdict::Wait);
  }
}

TEST(RetryPolicy, AnAnswerThatHasBegunIsNeverRepeated) {
  for (Situation situation : {get(Failure::AnswerBegun), put(Failure::AnswerBegun), post(Failure::AnswerBegun)}) {
    situation.tries_in_flight = 1;
    situation.may_queue = true;
    EXPECT_EQ(decide(situation), fail(502));
  }
}

TEST(RetryPolicy, ABadResponseMakesOnlySafeRequestsAskAnotherMember) {
  EXPECT_EQ(decide(get(Failure::BadResponse)), elsewhere(true));
  EXPECT_EQ(decide(put(Failure::BadResponse)), fail(502));
  EXPECT_EQ(decide(post(Failure::BadResponse)), fail(502));
}

TEST(RetryPolicy, ALateFirstByteHedgesSafeRequestsOnly) {
  EXPECT_EQ(decide(get(Failure::FirstByteLate)), (Decision{.verdict = Verdict::Hedge, .spends_budget = true}));
  EXPECT_EQ(decide(put(Failure::FirstByteLate)).verdict, Verdict::Wait) << "two PUTs at once may end in either order";
  EXPECT_EQ(decide(post(Failure::FirstByteLate)).verdict, Verdict::Wait);
  EXPECT_EQ(decide(alone(get(Failure::FirstByteLate))).verdict, Verdict::Wait);
}

TEST(RetryPolicy, APostThatStillWaitsForItsConnectionLeavesForAnotherMember) {
  Situation situation = post(Failure::FirstByteLate);
  situation.bytes_sent = 0;
  EXPECT_EQ(decide(situation), elsewhere(true));
}

TEST(RetryPolicy, WithoutBudgetALateTryIsSimplyAwaited) {
  EXPECT_EQ(decide_without_budget(get(Failure::FirstByteLate)).verdict, Verdict::Wait);
}

TEST(RetryPolicy, TheEndOfTheFirstByteTimeoutIsTheEndUnlessAnotherTryIsAwaited) {
  EXPECT_EQ(decide(get(Failure::FirstByteTimeout)), fail(504));
  Situation hedged = get(Failure::FirstByteTimeout);
  hedged.tries_in_flight = 1;
  EXPECT_EQ(decide(hedged).verdict, Verdict::Wait);
}

TEST(RetryPolicy, AFailedTryBesideOneInFlightLeavesTheAnswerToThatOne) {
  for (const Failure failure : {Failure::ConnectRefused, Failure::ConnectTimeout, Failure::ReusedClosed,
                                Failure::FreshReset, Failure::BadResponse, Failure::FirstByteTimeout}) {
    Situation situation = alone(get(failure));
    situation.tries_in_flight = 1;
    situation.may_queue = true;
    EXPECT_EQ(decide(situation).verdict, Verdict::Wait);
    EXPECT_EQ(decide_without_budget(situation).verdict, Verdict::Wait);
  }
}

TEST(RetryPolicy, ThreeTriesAreEnough) {
  for (const Failure failure : kFailures) {
    Situation situation = get(failure);
    situation.tries = kMaxTries;
    const Verdict verdict = decide(situation).verdict;
    EXPECT_TRUE(verdict == Verdict::Fail || verdict == Verdict::Wait);
  }
}

TEST(RetryPolicy, WhileTheOnlyMemberRestartsRequestsQueue) {
  Situation refused = alone(post(Failure::ConnectRefused));
  refused.may_queue = true;
  const Decision decision = decide(refused);
  EXPECT_EQ(decision.verdict, Verdict::Queue);
  EXPECT_GE(decision.delay, 10ms) << "a hundred waiting requests must not hammer a starting process";
  EXPECT_LE(decision.delay, 100ms) << "a restart must not cost more than it takes";
  EXPECT_FALSE(decision.spends_budget);

  refused.tries = 20;  // it has been refused every 50 ms since
  EXPECT_EQ(decide(refused).verdict, Verdict::Queue);
  refused.may_queue = false;
  EXPECT_EQ(decide(refused), fail(503));
}

TEST(RetryPolicy, AGetCutOffByTheOnlyMembersDeathQueuesWithinTheBudget) {
  Situation situation = alone(get(Failure::FreshReset));
  situation.may_queue = true;
  EXPECT_EQ(decide(situation).verdict, Verdict::Queue);
  EXPECT_TRUE(decide(situation).spends_budget);
  EXPECT_EQ(decide_without_budget(situation), fail(502));
  EXPECT_EQ(decide(alone(post(Failure::FreshReset))), fail(502));
}

TEST(RetryPolicy, WithoutBudgetARequestThatFoundNobodyMayStillQueue) {
  Situation situation = post(Failure::ConnectTimeout);
  situation.may_queue = true;
  EXPECT_EQ(decide_without_budget(situation).verdict, Verdict::Queue);
}

TEST(RetryPolicy, TheStatusTellsNobodyThereFromNoAnswerFromABrokenOne) {
  EXPECT_EQ(status_of(Failure::ConnectRefused), 503);
  EXPECT_EQ(status_of(Failure::ConnectTimeout), 504);
  EXPECT_EQ(status_of(Failure::FirstByteTimeout), 504);
  EXPECT_EQ(status_of(Failure::ReusedClosed), 502);
  EXPECT_EQ(status_of(Failure::FreshReset), 502);
  EXPECT_EQ(status_of(Failure::AnswerBegun), 502);
  EXPECT_EQ(status_of(Failure::BadResponse), 502);
}

// Every situation there is, against the promises of the header.
class EverySituation : public ::testing::Test {
 protected:
  template <typename Check>
  static void for_each(Check&& check) {
    for (const Failure failure : kFailures) {
      for (unsigned bits = 0; bits < 32; ++bits) {
        for (const Repeatability request : {Repeatability::Never, Repeatability::Idempotent, Repeatability::Safe}) {
          for (std::uint32_t tries = 1; tries <= kMaxTries + 1; ++tries) {
            for (std::uint32_t in_flight = 0; in_flight < tries; ++in_flight) {
              check(Situation{.failure = failure,
                              .request = request,
                              .replayable = (bits & 1U) != 0,
                              .bytes_sent = (bits & 2U) != 0 ? 100U : 0U,
                              .unprocessed = (bits & 4U) != 0,
                              .tries = tries,
                              .tries_in_flight = in_flight,
                              .other_member = (bits & 8U) != 0,
                              .may_queue = (bits & 16U) != 0});
            }
          }
        }
      }
    }
  }

  static bool sends_again(Verdict verdict) { return verdict != Verdict::Wait && verdict != Verdict::Fail; }
};

TEST_F(EverySituation, AnUnrepeatableRequestIsSentAgainOnlyIfNothingOfItCanHaveBeenProcessed) {
  for_each([](const Situation& situation) {
    if (situation.request != Repeatability::Never || !sends_again(decide(situation).verdict)) return;
    const bool connecting =
        situation.failure == Failure::ConnectRefused || situation.failure == Failure::ConnectTimeout;
    ASSERT_TRUE(connecting || situation.bytes_sent == 0 || situation.unprocessed);
    ASSERT_NE(decide(situation).verdict, Verdict::Hedge);
  });
}

TEST_F(EverySituation, OnlySafeRequestsAreInTwoPlacesAtOnce) {
  for_each([](const Situation& situation) {
    if (situation.request != Repeatability::Safe) {
      ASSERT_NE(decide(situation).verdict, Verdict::Hedge);
    }
  });
}

TEST_F(EverySituation, AStatusIsGivenExactlyWithAFailure) {
  for_each([](const Situation& situation) {
    for (const Decision& decision : {decide(situation), decide_without_budget(situation)}) {
      ASSERT_EQ(decision.verdict == Verdict::Fail, decision.status != 0);
      ASSERT_EQ(decision.verdict == Verdict::Queue, decision.delay > Duration{0});
    }
  });
}

TEST_F(EverySituation, WhatTheBudgetRefusedIsNotDoneAnyway) {
  for_each([](const Situation& situation) {
    if (decide(situation).spends_budget) {
      ASSERT_FALSE(decide_without_budget(situation).spends_budget);
    }
  });
}

TEST_F(EverySituation, NobodyGivesUpWhileAnAnswerMayStillCome) {
  for_each([](const Situation& situation) {
    if (situation.tries_in_flight == 0 || situation.failure == Failure::AnswerBegun) return;
    ASSERT_NE(decide(situation).verdict, Verdict::Fail);
    ASSERT_NE(decide_without_budget(situation).verdict, Verdict::Fail);
  });
}

}  // namespace
}  // namespace stead::core::retry
