// A router that is fed events and time, and whose actions are read as text: "advert 254, claim, active (Silence),
// announce".
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/vrrp/router.h"

namespace stead::core::vrrp::testing {

inline constexpr IpAddress kOwn = IpAddress::v4(10, 0, 0, 11);
inline constexpr IpAddress kBelow = IpAddress::v4(10, 0, 0, 10);
inline constexpr IpAddress kAbove = IpAddress::v4(10, 0, 0, 12);

class RouterTest : public ::testing::Test {
 protected:
  // Skew of priority 128 and an interval of 256 ms: 128 ms; Active_Down_Interval: 896 ms.
  static RouterConfig config(std::uint8_t priority = 128) {
    return {.version = Version::V3, .priority = priority, .interval = 256ms, .source = kOwn};
  }

  void make(const RouterConfig& config) {
    router.emplace(config);
    router->handle_start(now);
  }
  void make_active(const RouterConfig& config) {
    make(config);
    pass(router->active_down_interval());
    ASSERT_EQ(router->state(), State::Active);
    said();
  }

  Heard advert(std::uint8_t priority, const IpAddress& source = kAbove, Duration interval = 256ms) {
    return {.source = source, .priority = priority, .interval = interval};
  }
  void hear(std::uint8_t priority, const IpAddress& source = kAbove, Duration interval = 256ms) {
    router->handle_advert(now, advert(priority, source, interval));
  }

  // Each timer at its moment, and then the end of the time.
  void pass(Duration time) {
    const Instant end = now + time;
    while (router->next_timeout() && *router->next_timeout() <= end) {
      now = std::max(now, *router->next_timeout());
      router->handle_timeout(now);
      take_actions();
    }
    now = end;
  }

  // As the shell does after every event: there is room for few.
  void take_actions() {
    while (const std::optional<Action> action = router->poll_action()) {
      actions_.push_back(std::visit([](const auto& value) { return in_words(value); }, *action));
    }
  }
  // All actions since the last call, but announcements where they are not asked for.
  std::string said(bool announcements = true) {
    take_actions();
    std::string text;
    for (const std::string& one : std::exchange(actions_, {})) {
      if (one != "announce" || announcements) text += (text.empty() ? "" : ", ") + one;
    }
    return text;
  }

  static std::string in_words(const SendAdvert& send) { return "advert " + std::to_string(send.priority); }
  static std::string in_words(const ClaimAddresses&) { return "claim"; }
  static std::string in_words(const ReleaseAddresses&) { return "release"; }
  static std::string in_words(const Announce&) { return "announce"; }
  static std::string in_words(const SecondActive& second) { return "second " + std::to_string(second.priority); }
  static std::string in_words(const Changed& changed) {
    static constexpr std::string_view kStates[] = {"initialize", "backup", "active"};
    static constexpr std::string_view kCauses[] = {"started",   "resumed", "silence",     "resigned",
                                                   "preempted", "yielded", "handed over", "stalled",
                                                   "disabled",  "stopped", "cut off"};
    return std::string(kStates[static_cast<std::size_t>(changed.to)]) + " (" +
           std::string(kCauses[static_cast<std::size_t>(changed.cause)]) + ")";
  }

  Instant now{1000s};
  std::optional<Router> router;

 private:
  std::vector<std::string> actions_;
};

}  // namespace stead::core::vrrp::testing
