#include "core/track/worth.h"

#include <gtest/gtest.h>

namespace stead::core::track {
namespace {

TEST(Worth, IsTheWholePriorityWhileNothingIsBad) { EXPECT_EQ(priority_of(254, {}), 254); }

TEST(Worth, IsLowerByTheWeights) { EXPECT_EQ(priority_of(254, {.lowered_by = 120}), 134); }

TEST(Worth, IsAtLeastOneSinceZeroWouldMeanToHaveGone) {
  EXPECT_EQ(priority_of(100, {.lowered_by = 99}), 1);
  EXPECT_EQ(priority_of(100, {.lowered_by = 100}), 1);
  EXPECT_EQ(priority_of(100, {.lowered_by = 4'000'000'000}), 1);
}

TEST(Worth, IsNothingWhereSomethingWithoutAWeightIsBad) {
  EXPECT_EQ(priority_of(254, {.out = true}), 0);
  EXPECT_EQ(priority_of(254, {.lowered_by = 20, .out = true}), 0);
}

TEST(Worth, OfAnOwnerIsAllOrNothing) {
  EXPECT_EQ(priority_of(255, {.lowered_by = 253}), 255);
  EXPECT_EQ(priority_of(255, {.lowered_by = 253, .out = true}), 0);
}

}  // namespace
}  // namespace stead::core::track
