#include "worker/health_state.h"

#include <gtest/gtest.h>

namespace stead::worker {
namespace {

using core::health::OutcomeKind;
using core::health::State;

TEST(HealthState, WhatIsWrittenIsRead) {
  HealthState state;
  state.members.push_back({.key = "api/app-1:8000",
                           .judgement = {.state = State::Ejected,
                                         .since = Instant(123456789123ns),
                                         .ejections = 4,
                                         .ejected_until = Instant(223456789123ns),
                                         .ejected_for = OutcomeKind::Reset,
                                         .reason = "reset \"3\" times\n"},
                           .drained = true,
                           .weight = 7,
                           .warm_since = Instant(5ns)});
  state.members.push_back({.key = "api/app-2:8000", .judgement = {}, .drained = false, .weight = {}, .warm_since = {}});
  state.addresses = {{"app.internal", "10.0.0.7"}, {"db.internal", "2001:db8::1"}};
  const Result<HealthState> read = decode_health_state(encode(state));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->members.size(), 2U);
  const auto& member = read->members[0];
  EXPECT_EQ(member.key, "api/app-1:8000");
  EXPECT_EQ(member.judgement.state, State::Ejected);
  EXPECT_EQ(member.judgement.since, Instant(123456789123ns));
  EXPECT_EQ(member.judgement.ejections, 4U);
  EXPECT_EQ(member.judgement.ejected_until, Instant(223456789123ns));
  EXPECT_EQ(member.judgement.ejected_for, OutcomeKind::Reset);
  EXPECT_EQ(member.judgement.reason, "reset \"3\" times\n");
  EXPECT_TRUE(member.drained);
  EXPECT_EQ(member.weight, 7U);
  EXPECT_EQ(member.warm_since, Instant(5ns));
  EXPECT_EQ(read->members[1].weight, std::nullopt);
  EXPECT_EQ(read->addresses, state.addresses);
}

TEST(HealthState, LeavesOutWhatAnotherVersionMeantOtherwise) {
  const auto read = decode_health_state(R"({"members": [
      {"key": "a", "state": "levitating"}, {"state": "up"}, 7, {"key": "b", "state": "up", "ejected_for": 99,
       "ejections": -1, "weight": "heavy", "since_ns": 1.5, "colour": "blue"}],
      "addresses": {"x": 7, "y": "10.0.0.1"}, "more": []})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->members.size(), 1U);
  EXPECT_EQ(read->members[0].key, "b");
  EXPECT_EQ(read->members[0].judgement.ejected_for, OutcomeKind::Ok);
  EXPECT_EQ(read->members[0].judgement.ejections, 0U);
  EXPECT_EQ(read->members[0].weight, std::nullopt);
  EXPECT_EQ(read->addresses.size(), 1U);
}

TEST(HealthState, ABlobThatIsNoneIsAnError) {
  EXPECT_FALSE(decode_health_state(""));
  EXPECT_FALSE(decode_health_state("{\"members\": ["));
  EXPECT_FALSE(decode_health_state("[]"));
  EXPECT_TRUE(decode_health_state("{}"));
}

}  // namespace
}  // namespace stead::worker
