#include "keeper/beats.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/keeper/descriptors.h"

namespace stead::keeper {
namespace {

TEST(Beats, TheKeeperSeesWhatTheWorkerWrites) {
  Beats keeper = Beats::create().value();
  Beats worker = Beats::map(keeper.fd(), keeper.slots()).value();
  worker.cell(0)->store(5);
  worker.cell(2)->store(7);
  const std::span<const Instant> seen = keeper.read(3);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0], Instant(5ns));
  EXPECT_EQ(seen[1], Instant{});  // never
  EXPECT_EQ(seen[2], Instant(7ns));
}

TEST(Beats, NobodyReadsOrWritesBeyondTheEnd) {
  Beats beats = Beats::create().value();
  EXPECT_NE(beats.cell(Beats::kSlots - 1), nullptr);
  EXPECT_EQ(beats.cell(Beats::kSlots), nullptr);
  EXPECT_EQ(beats.read(1'000'000).size(), std::size_t{Beats::kSlots});
}

TEST(Beats, MemoryThatIsTooSmallIsRefused) {
  EXPECT_FALSE(Beats::map(file_with("short"), 2).has_value());
  EXPECT_FALSE(Beats::map(Beats::create()->fd(), Beats::kSlots + 1).has_value());
  EXPECT_FALSE(Beats::map(Beats::create()->fd(), 0).has_value());
  EXPECT_FALSE(Beats::map(nullptr, 2).has_value());
}

TEST(Beats, MovesWithItsMemory) {
  Beats one = Beats::create().value();
  one.cell(1)->store(9);
  Beats other = std::move(one);
  EXPECT_EQ(other.read(2)[1], Instant(9ns));
}

}  // namespace
}  // namespace stead::keeper
