// Whether a node counts as well while workers come and go.
#include "core/track/worker_track.h"

#include <gtest/gtest.h>

namespace stead::core::track {
namespace {

constexpr Instant kStart{1000s};
constexpr Duration kGrace = 500ms;

TEST(WorkerTrack, IsNotWellBeforeAWorkerServesAndIsAtOnceWhenOneDoes) {
  WorkerTrack track;
  EXPECT_FALSE(track.handle(kStart, false, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s, true, std::nullopt));
}

TEST(WorkerTrack, AWorkerThatIsReplacedSoonIsNotMissed) {
  WorkerTrack track;
  EXPECT_TRUE(track.handle(kStart, true, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s, false, kStart + 1s));
  EXPECT_TRUE(track.handle(kStart + 1s + kGrace - 1ms, false, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s + kGrace, true, std::nullopt));
}

TEST(WorkerTrack, OneThatStaysAwayIsMissedAfterTheGrace) {
  WorkerTrack track;
  EXPECT_TRUE(track.handle(kStart, true, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s, false, std::nullopt));
  EXPECT_FALSE(track.handle(kStart + 1s + kGrace, false, std::nullopt));
}

TEST(WorkerTrack, OneThatWillBeStartedTooLateIsMissedAtOnce) {
  WorkerTrack track;
  EXPECT_TRUE(track.handle(kStart, true, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s, false, kStart + 1s + kGrace - 1ms));
  EXPECT_FALSE(track.handle(kStart + 1s, false, kStart + 1s + kGrace));
}

TEST(WorkerTrack, TheGraceIsWhatTheOperatorGrants) {
  WorkerTrack track;
  track.set_grace(3s);
  EXPECT_TRUE(track.handle(kStart, true, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 1s, false, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 4s - 1ms, false, std::nullopt));
  EXPECT_FALSE(track.handle(kStart + 4s, false, std::nullopt));
}

TEST(WorkerTrack, AfterThatOneMustServeForAWhileBeforeTheNodeCountsAgain) {
  WorkerTrack track;
  EXPECT_TRUE(track.handle(kStart, true, std::nullopt));
  EXPECT_FALSE(track.handle(kStart + 1s, false, kStart + 9s));
  EXPECT_FALSE(track.handle(kStart + 2s, true, std::nullopt));
  EXPECT_FALSE(track.handle(kStart + 3s, false, std::nullopt)) << "it has died again, and the count begins anew";
  EXPECT_FALSE(track.handle(kStart + 4s, true, std::nullopt));
  EXPECT_FALSE(track.handle(kStart + 4s + WorkerTrack::kRise - 1ms, true, std::nullopt));
  EXPECT_TRUE(track.handle(kStart + 4s + WorkerTrack::kRise, true, std::nullopt));
}

}  // namespace
}  // namespace stead::core::track
