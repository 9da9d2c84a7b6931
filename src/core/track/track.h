// One thing that a virtual address depends on (a gateway, a command, …): when to look at it, and whether it is good or
// bad after all that was seen. Without sockets, processes or clocks; how one looks is the caller's business.
//
// What must not happen is that an address moves because a machine is busy: that is when a command does not end in time,
// when it cannot be started, when an answer lies in a socket that nobody reads; and on the other node it is no better.
// So a look has three results. Good and bad count in rows; one that says nothing (Unknown) changes nothing, breaks no
// row, and is counted. And where the caller itself ran late by more than half an interval, whatever it was looking at
// meanwhile says nothing, either: handle_turn() is how that is known.
//
//            StartLook                  no finding for `timeout`: AbandonLook
//   waiting ───────────► looking ──────────────────────────────────────────► ending
//      ▲                    │ handle_finding                                   │ handle_ended
//      └────────────────────┴──────────────────────────────────────────────────┘
//
// There is never a second look while one is under way or ending: what hangs would pile up.
//
// At every turn of the caller's loop: handle_turn(), then what has been found, then handle_timeout(); after each of
// the latter two, perform what poll_action() returns until it is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/fixed_queue.h"
#include "base/time.h"

namespace stead::core::track {

enum class Finding : std::uint8_t { Good, Bad, Unknown };

struct TrackRules {
  Duration every = 1s;
  Duration timeout = 1s;
  std::uint32_t fall = 3;  // bad findings in a row that make it bad
  std::uint32_t rise = 2;  // good ones that make it good again
  // What it means that a look has found nothing for `timeout`.
  Finding silence = Finding::Unknown;
  // The first finding decides alone: of what is seen exactly, and must not be overlooked at the start.
  bool known_at_once = false;
};

// Look, and say what was found: handle_finding(), at once or later.
struct StartLook {};
// Nothing was found in time: let go of it, and call handle_ended() when nothing of it is left.
struct AbandonLook {};
struct Turned {
  bool good = false;
  Instant first{};  // when the first look of the row began that has decided
};

using Action = std::variant<StartLook, AbandonLook, Turned>;

class Track {
 public:
  explicit Track(TrackRules rules) : rules_(rules) {}

  // The first look is due.
  void handle_start(Instant now) { due_ = last_turn_ = now; }
  void handle_turn(Instant now);
  void handle_finding(Instant now, Finding finding);
  void handle_ended(Instant now);
  void handle_timeout(Instant now);
  // What a caller before this one knew.
  void handle_earlier(Instant now, bool good);

  [[nodiscard]] std::optional<Action> poll_action() { return actions_.pop(); }
  [[nodiscard]] std::optional<Instant> next_timeout() const { return due_; }

  [[nodiscard]] bool looking() const { return phase_ == Phase::Looking; }
  // Until the contrary is known.
  [[nodiscard]] bool good() const { return good_; }
  // Since when it has been what it is; nullopt: from the start.
  [[nodiscard]] std::optional<Instant> since() const { return since_; }
  [[nodiscard]] std::uint64_t unknowns() const { return unknowns_; }
  [[nodiscard]] std::uint32_t unknowns_in_a_row() const { return unknowns_in_a_row_; }

 private:
  enum class Phase : std::uint8_t { Waiting, Looking, Ending };

  void count(Instant now, Finding finding);
  void wait_for_next(Instant now);
  void turn(Instant now, bool good);

  TrackRules rules_;
  Phase phase_ = Phase::Waiting;
  bool late_ = false;  // we were, while this look was under way
  bool good_ = true;
  bool known_ = false;
  std::optional<Instant> since_;
  std::optional<Instant> last_turn_;
  std::optional<Instant> due_;  // the next look, or the end of patience with this one
  Instant begun_{};             // this look
  Instant row_began_{};
  std::uint32_t row_ = 0;  // findings that contradict good_, without a contrary one between them
  std::uint64_t unknowns_ = 0;
  std::uint32_t unknowns_in_a_row_ = 0;
  FixedQueue<Action, 4> actions_;
};

}  // namespace stead::core::track
