// Recordings, clocks, and more senders than there are places.
#include "core/vrrp/replay_window.h"

#include <gtest/gtest.h>

namespace stead::core::vrrp {
namespace {

using wire::vrrp::Sequence;
using Refusal = ReplayWindow::Refusal;

constexpr WallTime kNow{1'000'000s};
Sequence at(Duration offset) { return Sequence::at(kNow + offset); }
IpAddress sender(std::size_t number) {
  return IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number));
}

std::optional<Refusal> refusal_of(ReplayWindow& window, std::size_t number, Duration said, Duration now) {
  const auto taken = window.take(sender(number), at(said), at(now));
  return taken ? std::nullopt : std::optional(taken.error());
}

TEST(ReplayWindows, TakeWhatIsLaterThanWhatTheSenderHasSaid) {
  ReplayWindow window(5s);
  EXPECT_EQ(refusal_of(window, 1, 0s, 0s), std::nullopt);
  EXPECT_EQ(refusal_of(window, 1, 0s, 0s), Refusal::Replayed);
  EXPECT_EQ(refusal_of(window, 1, -1s, 0s), Refusal::Replayed);
  EXPECT_EQ(refusal_of(window, 1, 1ms, 0s), std::nullopt);
  EXPECT_EQ(refusal_of(window, 2, 0s, 0s), std::nullopt);
}

TEST(ReplayWindows, RefuseWhatIsTooFarAway) {
  ReplayWindow window(5s);
  EXPECT_EQ(refusal_of(window, 1, -5001ms, 0s), Refusal::Stale);
  EXPECT_EQ(refusal_of(window, 1, 5001ms, 0s), Refusal::Stale);
  EXPECT_EQ(refusal_of(window, 1, -5s, 0s), std::nullopt);
  EXPECT_EQ(refusal_of(window, 1, 5s, 0s), std::nullopt);
}

TEST(ReplayWindows, AreWiderWhenTheyAreToldSo) {
  ReplayWindow window(5s);
  EXPECT_EQ(refusal_of(window, 1, -7s, 0s), Refusal::Stale);
  window.set_window(10s);
  EXPECT_EQ(refusal_of(window, 1, -7s, 0s), std::nullopt);
}

TEST(ReplayWindows, DoNotHoldAWrongClockAgainstItsSenderOnceItIsRight) {
  ReplayWindow window(5s);
  EXPECT_EQ(refusal_of(window, 1, 1h, 1h), std::nullopt);
  EXPECT_EQ(refusal_of(window, 1, 0s, 0s), std::nullopt);
  EXPECT_EQ(refusal_of(window, 1, 0s, 0s), Refusal::Replayed);
}

// Whoever is forgotten can neither be replayed nor be locked out.
TEST(ReplayWindows, ForgetTheOldestOfTooManyAndTakeNoRecordingOfIt) {
  ReplayWindow window(5s);
  const std::size_t many = ReplayWindow::kMaxSenders + 10;
  for (std::size_t i = 0; i < many; ++i) {
    EXPECT_EQ(refusal_of(window, i, std::chrono::milliseconds(i), 1s), std::nullopt) << i;
  }
  for (std::size_t i = 0; i < many; ++i) {
    EXPECT_EQ(refusal_of(window, i, std::chrono::milliseconds(i), 1s), Refusal::Replayed) << i;
  }
  EXPECT_EQ(refusal_of(window, 0, 100ms, 1s), std::nullopt);
  // When all of that is out of the window, it counts no more.
  EXPECT_EQ(refusal_of(window, 1000, 20s, 20s), std::nullopt);
}

}  // namespace
}  // namespace stead::core::vrrp
