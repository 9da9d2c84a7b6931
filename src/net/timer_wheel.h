// Deadlines for tens of thousands of connections at next to no cost: a hashed wheel of coarse ticks. A connection's
// deadline changes with every request, mostly to a later time; so a timer is filed lazily: setting a later deadline
// only stores it, and the timer finds out when its old tick comes by. Fires late by up to one tick, never early.
//
//   slot = tick % kSlots      tick 41   tick 42   tick 43 …
//                              []        [a]-[b]   []          a: due. b: due in a later round, or moved: filed again
//
// One thread. A timer must be cancelled, or have fired, before it is destroyed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stead::net {

class TimerWheel;

// Embedded in what it wakes.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  [[nodiscard]] bool armed() const { return deadline_ != Instant::max(); }
  [[nodiscard]] Instant deadline() const { return deadline_; }

 private:
  friend class TimerWheel;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  Instant deadline_ = Instant::max();
  std::int64_t tick_ = 0;  // where it is filed, while it is
};

class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(5);
  static constexpr std::size_t kSlots = 1024;  // one round: 5.12 s

  explicit TimerWheel(Instant now) : current_(tick_of(now)) {}

  void set(Timer& timer, Instant deadline) {
    timer.deadline_ = deadline;
    const std::int64_t tick = due_tick(deadline);
    if (timer.next_ != nullptr) {
      if (timer.tick_ <= tick) return;  // comes by earlier, and looks again then
      unlink(timer);
    }
    file(timer, tick);
  }

  // Lazily, too: the timer stays filed, without a deadline. For a timer that will be set again soon.
  void disarm(Timer& timer) { timer.deadline_ = Instant::max(); }

  // For good: the timer may be destroyed after this.
  void cancel(Timer& timer) {
    if (timer.next_ != nullptr) unlink(timer);
    timer.deadline_ = Instant::max();
  }

  // Calls `fire(Timer&)` for each timer whose deadline has passed; each is disarmed before. `fire` may set, disarm and
  // cancel any timer.
  template <typename Fire>
  void advance(Instant now, Fire&& fire) {
    const std::int64_t last = tick_of(now);
    // After a long stall, one round sees every slot.
    if (last - current_ > static_cast<std::int64_t>(kSlots)) current_ = last - static_cast<std::int64_t>(kSlots);
    while (current_ < last) {
      ++current_;
      run_slot(slots_[slot_of(current_)], now, fire);
    }
  }

 private:
  struct Slot {
    Slot() { head.previous_ = head.next_ = &head; }
    Timer head;
  };

  static std::int64_t tick_of(Instant instant) { return instant.time_since_epoch() / kTick; }
  // The first tick at which the deadline has passed. Far deadlines are looked at once a round.
  static std::int64_t due_tick(Instant deadline) { return tick_of(deadline) + 1; }
  static std::size_t slot_of(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }

  void file(Timer& timer, std::int64_t tick) {
    if (tick <= current_) tick = current_ + 1;
    if (tick > current_ + static_cast<std::int64_t>(kSlots)) tick = current_ + static_cast<std::int64_t>(kSlots);
    timer.tick_ = tick;
    Timer& head = slots_[slot_of(tick)].head;
    timer.previous_ = head.previous_;
    timer.next_ = &head;
    head.previous_->next_ = &timer;
    head.previous_ = &timer;
  }

  static void unlink(Timer& timer) {
    timer.previous_->next_ = timer.next_;
    timer.next_->previous_ = timer.previous_;
    timer.previous_ = timer.next_ = nullptr;
  }

  template <typename Fire>
  void run_slot(Slot& slot, Instant now, Fire& fire) {
    // Timers that are filed again land in other slots, or in this one for the next round: stop where the list ended at
    // the beginning. `fire` may unlink any timer, so the list is moved to a head of its own and taken from its front.
    Timer pending;
    if (slot.head.next_ == &slot.head) return;
    pending.next_ = slot.head.next_;
    pending.previous_ = slot.head.previous_;
    pending.next_->previous_ = &pending;
    pending.previous_->next_ = &pending;
    slot.head.previous_ = slot.head.next_ = &slot.head;
    while (pending.next_ != &pending) {
      Timer& timer = *pending.next_;
      unlink(timer);
      if (timer.deadline_ == Instant::max()) continue;
      if (timer.deadline_ > now) {
        file(timer, due_tick(timer.deadline_));
        continue;
      }
      timer.deadline_ = Instant::max();
      fire(timer);
    }
  }

  std::array<Slot, kSlots> slots_;
  std::int64_t current_;
};

}  // namespace stead::net
