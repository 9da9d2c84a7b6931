// When to run the operator's program that tells a network where an address is, and with what order: without processes
// or clocks.
//
// Such networks are told through an interface that may fail, hang, or forget. So what should be is asserted, not sent
// once: while this node is active, `take` is run until it succeeds, and then again now and then; once it has given the
// address up, `release` is run until it succeeds, a few times at most, since by then it is the next owner's `take`
// that counts. There is never a second run while one has not ended, even one that was killed: two of them could reach
// the network in any order.
//
//            StartCommand               late, or no longer wanted: KillCommand
//   waiting ──────────────► running ───────────────────────────────────────────► killed
//      ▲                       │ handle_ended                                      │ handle_ended
//      └───────────────────────┴───────────────────────────────────────────────────┘
//
// Runs are only begun in handle_timeout(), so whoever has several that must not overlap calls that of one at a time.
// After each handle_*: perform what poll_action() returns until it is empty, then arm one timer for next_timeout().
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/fixed_queue.h"
#include "base/time.h"

namespace stead::core::vip_command {

enum class Order : std::uint8_t { Take, Release };

struct CommandRules {
  Duration assert_every = 30s;
  Duration timeout = 30s;
  [[nodiscard]] bool operator==(const CommandRules&) const = default;
};

// Begin a run, and call handle_ended() when nothing of it is left; at once if it could not be begun.
struct StartCommand {
  Order order = Order::Take;
};
// Kill the run that is under way. handle_ended() is due all the same.
struct KillCommand {
  bool late = false;  // it has taken too long; else nobody wants it any more
};

using Action = std::variant<StartCommand, KillCommand>;

class VipCommand {
 public:
  // After a failure; doubled with each that follows.
  static constexpr Duration kFirstRetry = 1s;
  static constexpr Duration kLongestRetry = 30s;
  static constexpr std::uint32_t kReleaseTries = 3;
  // How long a `release` may still run when the node is active again: killed at once, it might have its effect after
  // the `take` that follows.
  static constexpr Duration kReleaseGrace = 3s;

  explicit VipCommand(CommandRules rules) : rules_(rules) {}

  // The node has the address; again: it had lost it for a moment, and whoever had it may have told the network.
  void handle_active(Instant now);
  void handle_given_up(Instant now);
  // What is to be run, or how, has changed: what was asserted has to be asserted anew.
  void handle_change(Instant now, CommandRules rules);
  // Somebody else sees to the address from now on: nothing more is run.
  void handle_dropped(Instant now);
  // Ends what runs; its outcome does not count, and it is run again.
  void handle_interrupt(Instant now);
  void handle_ended(Instant now, bool good);
  void handle_timeout(Instant now);

  [[nodiscard]] std::optional<Action> poll_action() { return actions_.pop(); }
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  // Nothing runs, and nothing will without another handle_*.
  [[nodiscard]] bool idle() const { return !wanted_ && !running_; }
  [[nodiscard]] bool running() const { return running_.has_value(); }
  // There is a run, and its outcome says something of what is wanted now.
  [[nodiscard]] bool counts() const { return running_ && !discounted_; }
  [[nodiscard]] std::optional<Order> wanted() const { return wanted_; }
  // The last `take` has succeeded, and the node is active.
  [[nodiscard]] bool holds() const { return holds_; }
  // Of the order that is wanted, in a row.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }

 private:
  void want(Instant now, std::optional<Order> order);
  void kill(bool late);
  void count(Instant now, bool good);
  [[nodiscard]] Duration retry_delay() const;

  CommandRules rules_;
  std::optional<Order> wanted_;
  std::optional<Order> running_;
  bool killed_ = false;         // the run that has not ended
  bool discounted_ = false;     // its outcome says nothing of what is wanted now
  std::optional<Instant> due_;  // the next run, while there is none
  Instant kill_due_{};          // of the run
  bool holds_ = false;
  std::uint32_t failures_ = 0;
  FixedQueue<Action, 4> actions_;
};

}  // namespace stead::core::vip_command
