#include "core/balance/picker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "core/balance/slow_start.h"

namespace stead::core::balance {
namespace {

constexpr Algorithm kAll[] = {Algorithm::RoundRobin, Algorithm::LeastRequest, Algorithm::Random};

std::vector<Candidate> with_weights(std::initializer_list<std::uint32_t> weights) {
  std::vector<Candidate> candidates;
  for (const std::uint32_t weight : weights) candidates.push_back(Candidate{.weight = weight});
  return candidates;
}

// "aabacaa": who was picked, in order.
std::string turns(Picker& picker, const std::vector<Candidate>& candidates, int count) {
  Random random(1);
  std::string order;
  for (int i = 0; i < count; ++i) {
    order += static_cast<char>('a' + static_cast<char>(picker.pick(candidates, random).value()));
  }
  return order;
}

std::vector<double> shares(Picker& picker, const std::vector<Candidate>& candidates, int count = 100'000) {
  Random random(42);
  std::vector<double> share(candidates.size());
  for (int i = 0; i < count; ++i) share[picker.pick(candidates, random).value()] += 1.0 / count;
  return share;
}

TEST(Picker, RoundRobinTakesTurns) {
  Picker picker(Algorithm::RoundRobin);
  EXPECT_EQ(turns(picker, with_weights({1, 1, 1}), 7), "abcabca");
}

TEST(Picker, RoundRobinSpreadsAHeavyMembersTurnsOverTheRound) {
  Picker picker(Algorithm::RoundRobin);
  EXPECT_EQ(turns(picker, with_weights({5, 1, 1}), 7), "aabacaa");
}

TEST(Picker, RoundRobinIsExactOverEveryRound) {
  Picker picker(Algorithm::RoundRobin);
  const std::string order = turns(picker, with_weights({7, 2, 1, 0}), 100);
  EXPECT_EQ(std::ranges::count(order, 'a'), 70);
  EXPECT_EQ(std::ranges::count(order, 'b'), 20);
  EXPECT_EQ(std::ranges::count(order, 'c'), 10);
}

TEST(Picker, AllOfThemSkipWhoMayNotTakeARequest) {
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    std::vector<Candidate> candidates = with_weights({1, 1, 0, 1});
    candidates[1].eligible = false;
    const std::vector<double> share = shares(picker, candidates, 1000);
    EXPECT_GT(share[0], 0.4);
    EXPECT_EQ(share[1], 0.0) << "not eligible";
    EXPECT_EQ(share[2], 0.0) << "weight 0";
    EXPECT_GT(share[3], 0.4);
  }
}

TEST(Picker, AllOfThemPickNobodyWhereNobodyCan) {
  Random random(1);
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    EXPECT_EQ(picker.pick({}, random), std::nullopt);
    std::vector<Candidate> candidates = with_weights({1, 0});
    candidates[0].eligible = false;
    EXPECT_EQ(picker.pick(candidates, random), std::nullopt);
  }
}

TEST(Picker, AllOfThemAskABackupOnlyWhenNoOtherCan) {
  Random random(1);
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    std::vector<Candidate> candidates = with_weights({1, 100, 1});
    candidates[1].backup = true;
    candidates[0].active = candidates[2].active = 1000;
    for (int i = 0; i < 100; ++i) EXPECT_NE(picker.pick(candidates, random), 1U);
    candidates[0].eligible = candidates[2].eligible = false;
    EXPECT_EQ(picker.pick(candidates, random), 1U);
    candidates[2].eligible = true;
    EXPECT_EQ(picker.pick(candidates, random), 2U);
  }
}

TEST(Picker, AllOfThemFollowTheWeightsOfIdleMembers) {
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    const std::vector<double> share = shares(picker, with_weights({6, 3, 1}));
    EXPECT_NEAR(share[0], 0.6, 0.01);
    EXPECT_NEAR(share[1], 0.3, 0.01);
    EXPECT_NEAR(share[2], 0.1, 0.01);
  }
}

TEST(Picker, LeastRequestOfTwoAlwaysTakesTheLessBusy) {
  Random random(5);
  Picker picker(Algorithm::LeastRequest);
  std::vector<Candidate> candidates = with_weights({1, 1});
  candidates[0].active = 3;
  candidates[1].active = 2;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(picker.pick(candidates, random), 1U);
}

TEST(Picker, LeastRequestMeasuresLoadPerWeight) {
  Random random(5);
  Picker picker(Algorithm::LeastRequest);
  std::vector<Candidate> candidates = with_weights({10, 1});
  candidates[0].active = 8;  // one more makes 0.9 a unit of weight
  candidates[1].active = 1;  // one more makes 2
  for (int i = 0; i < 100; ++i) EXPECT_EQ(picker.pick(candidates, random), 0U);
}

TEST(Picker, LeastRequestAvoidsAMemberThatPilesUp) {
  Picker picker(Algorithm::LeastRequest);
  std::vector<Candidate> candidates = with_weights({1, 1, 1, 1});
  for (Candidate& candidate : candidates) candidate.active = 1;
  candidates[2].active = 50;
  EXPECT_EQ(shares(picker, candidates, 10'000)[2], 0.0);
}

TEST(Picker, LeastRequestEvensOutUnequalServiceTimes) {
  Random random(9);
  Picker picker(Algorithm::LeastRequest);
  std::vector<Candidate> candidates = with_weights({1, 1, 1});
  // At each step one request arrives; member 0 finishes one every eighth step, the others every second.
  for (int step = 0; step < 10'000; ++step) {
    ++candidates[picker.pick(candidates, random).value()].active;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (step % (i == 0 ? 8 : 2) == 0 && candidates[i].active > 0) --candidates[i].active;
    }
    ASSERT_LT(candidates[0].active, 12U) << "the slow one drowns at step " << step;
  }
}

TEST(Picker, TheLastOneIsPickedWhateverItsLoad) {
  Random random(1);
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    std::vector<Candidate> candidates = with_weights({1, 3});
    candidates[0].eligible = false;
    candidates[1].active = 4'000'000'000;
    EXPECT_EQ(picker.pick(candidates, random), 1U);
  }
}

TEST(Picker, TurnsAreKeptOverAReloadThatAddsRemovesAndMovesMembers) {
  Picker picker(Algorithm::RoundRobin);
  EXPECT_EQ(turns(picker, with_weights({1, 1, 1}), 1), "a");
  // b and c are next. Now: c, a new one, b; a is gone.
  constexpr std::uint32_t kPrevious[] = {2, Picker::kNew, 1};
  picker.rekey(kPrevious);
  EXPECT_EQ(turns(picker, with_weights({1, 1, 1}), 3), "acb") << "c and b were owed a turn; the new one was not";
}

TEST(Picker, AMemberThatWasAwayDoesNotGetABurstOnItsReturn) {
  Picker picker(Algorithm::RoundRobin);
  std::vector<Candidate> candidates = with_weights({1, 1, 1});
  candidates[1].eligible = false;
  turns(picker, candidates, 1000);
  candidates[1].eligible = true;
  const std::string order = turns(picker, candidates, 9);
  EXPECT_EQ(std::ranges::count(order, 'b'), 3) << order;
}

TEST(Picker, AnAddedMemberJoinsTheRoundWithoutRekeying) {
  Picker picker(Algorithm::RoundRobin);
  turns(picker, with_weights({1, 1}), 4);
  const std::string order = turns(picker, with_weights({1, 1, 1}), 6);
  EXPECT_EQ(std::ranges::count(order, 'c'), 2);
}

TEST(SlowStart, GrowsFromATenthToTheWhole) {
  const Instant up{100s};
  const auto at = [&](Duration age) { return effective_weight(1, up, 10s, up + age); };
  EXPECT_EQ(at(0s), 10U);
  EXPECT_EQ(at(5s), 55U);
  EXPECT_EQ(at(9'999ms), 99U);
  EXPECT_EQ(at(10s), 100U);
  EXPECT_EQ(at(1h), 100U);
}

TEST(SlowStart, NeverShrinksNorStopsAMember) {
  const Instant up{100s};
  for (const std::uint32_t weight : {1U, 3U, 1000U}) {
    std::uint32_t before = 0;
    for (Duration age = -1s; age < 12s; age += 10ms) {
      const std::uint32_t now = effective_weight(weight, up, 10s, up + age);
      ASSERT_GE(now, std::max(before, 1U));
      before = now;
    }
    EXPECT_EQ(before, weight * kWeightScale);
  }
  EXPECT_EQ(effective_weight(0, up, 10s, up), 0U) << "a drained weight stays 0";
}

TEST(SlowStart, WithoutOneTheWholeShareCountsAtOnce) {
  EXPECT_EQ(effective_weight(2, Instant{}, 10s, Instant{1s}), 200U) << "not warming";
  EXPECT_EQ(effective_weight(2, Instant{5s}, 0s, Instant{5s}), 200U) << "no slow start configured";
}

TEST(SlowStart, AWarmingMemberGetsATenthOfTheRequestsFromEveryAlgorithm) {
  const Instant up{100s};
  std::vector<Candidate> candidates(2);
  candidates[0].weight = effective_weight(1, Instant{}, 10s, up);
  candidates[1].weight = effective_weight(1, up, 10s, up);
  for (const Algorithm algorithm : kAll) {
    Picker picker(algorithm);
    EXPECT_NEAR(shares(picker, candidates)[1], 10.0 / 110.0, 0.01);
  }
}

}  // namespace
}  // namespace stead::core::balance
