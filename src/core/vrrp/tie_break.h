// Who of a group may have its addresses, where silence is not enough to tell: with a witness, a third machine. Two
// nodes that do not hear each other cannot know which of them is dead, and each would take the addresses. So nobody has
// them who is not given them by more than half of all votes.
//
// Each node of the group has a vote, and for an even number of nodes the witness has one, since only then can there be
// a tie. A vote (voter.h) is for one node at a time. An owner asks for all of them anew with every advert, and counts
// on each for three adverts, from when it asked. Of two nodes:
//
//   the owner hears from          has    what it does
//   ----------------------------  -----  --------------------------------------------------------------
//   the witness and the other     3 / 3  stays
//   the witness                   2 / 3  stays: the other is dead, or only the link between the two
//   the other                     2 / 3  stays: a dead witness takes nothing down
//   neither                       1 / 3  gives the addresses up: it is cut off, or both others are dead
//   neither, but the other has    2 / 3  stays until the other is heard again: what has stopped in order, while the
//   said that it stops                   witness was silent already, owns nothing, and a stop is not to be an outage
//
//   a backup that does not hear an owner hears from     what it does
//   --------------------------------------------------  --------------------------------------------------------------
//   the witness, whose vote is free                     takes over
//   the witness, which hears the owner                  nothing
//   the other node, which does not have the addresses   takes over, if it is preferred: both have just started
//   the other node, which has them                      nothing
//   neither                                             nothing: it is cut off, or both others are dead
//
// So two faults at once, the witness and the owner, leave the addresses without an owner until one of them is back. Of
// three nodes two are enough, and the witness is not counted: that is a majority without it.
//
// A move in order needs no time: a backup that hears the owner, and is to follow it, says so (`heard`), and gets every
// vote at once, the owner's own among them. Of an owner that resigned in an advert nobody is asked first: that one may
// be gone already; who follows collects the votes when he has the addresses, for as long as one counts on a vote.
//
// After every handle_*: perform what poll_action() returns until it is empty, tell the router of Permit and GiveUp,
// tell handle_claim() what came of it, and arm a timer for next_timeout(). Answers that have arrived go before timers.
// Nothing here allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/fixed_queue.h"
#include "base/time.h"
#include "core/vrrp/router.h"
#include "core/vrrp/voter.h"
#include "wire/vrrp/trailer.h"
#include "wire/witness/ballot.h"

namespace stead::core::vrrp {

struct TieBreakConfig {
  Duration interval = 100ms;
  std::size_t self = 0;   // index into the vip's nodes
  std::size_t nodes = 2;  // the witness is the voter behind them: its index is `nodes`
};

// To each other node, and to the witness.
struct SendToAll {
  wire::witness::Ballot ballot;
};
// The router may have what it wants: Router::handle_permission().
struct Permit {};
// Router::handle_cut_off().
struct GiveUp {};
// For the log, once for each time that the router wants the addresses and does not get them.
struct MayNot {
  std::optional<std::size_t> voter;   // who refused; nullopt: too few answer
  std::optional<std::size_t> holder;  // in whose favour
};
using TieBreakAction = std::variant<SendToAll, Permit, GiveUp, MayNot>;

class TieBreak {
 public:
  // How often one who wants nothing looks whether the others are there.
  static constexpr Duration kLook = 1s;
  // A voter that has not answered for so long is called silent; with slow adverts, for so many of them.
  static constexpr Duration kSilence = 3s;
  static constexpr int kSilentAdverts = 4;

  TieBreak(Instant now, TieBreakConfig config);

  // What the router is and wants. `wall` is for the numbers of requests.
  void handle_claim(Instant now, WallTime wall, const Claim& claim);
  [[nodiscard]] std::optional<wire::witness::Ballot> handle_request(Instant now, std::size_t from,
                                                                    const wire::witness::Ballot& request);
  void handle_answer(Instant now, std::size_t from, const wire::witness::Ballot& answer);
  void handle_timeout(Instant now, WallTime wall);
  // The process ends, and the router has been stopped.
  void handle_stop(WallTime wall);

  [[nodiscard]] std::optional<TieBreakAction> poll_action() { return actions_.pop(); }
  [[nodiscard]] Instant next_timeout() const;

  [[nodiscard]] bool is_silent(Instant now, std::size_t voter) const;
  [[nodiscard]] Instant answered(std::size_t voter) const { return voters_.at(voter).answered; }

 private:
  static constexpr std::size_t kRounds = 4;  // that an answer may be late by
  struct Round {
    std::uint64_t number = 0;
    Instant sent{};
    bool asks = false;  // for votes
  };
  struct Other {
    Instant trusted_until{};
    Instant answered{};
    bool refused = false;  // the last answer
    // It has stopped in order, and the witness has been silent since before.
    struct Gone {
      Instant since{};
      wire::vrrp::Sequence number;
    };
    std::optional<Gone> gone;
    std::uint8_t holder = wire::witness::kNobody;
  };

  [[nodiscard]] bool has_majority(Instant now) const;
  [[nodiscard]] bool may_ask(Instant now) const { return heard_ || voter_.is_free(now); }
  [[nodiscard]] const Round* find_round(std::uint64_t number) const;
  void begin_round(Instant now, WallTime wall);
  void send(WallTime wall, wire::witness::Kind kind, bool gone = false);
  void note_presence(Instant now, std::size_t from, const wire::witness::Ballot& request);
  void note_return(Instant now, Other& voter);
  void give_votes_back(WallTime wall, bool for_certain);
  void conclude(Instant now);
  void say_why_not(Instant now);

  TieBreakConfig config_;
  Voter voter_;
  Claim claim_;
  bool heard_ = false;  // is said with requests
  std::array<Other, Voter::kMostNodes + 1> voters_;
  std::array<Round, kRounds> rounds_;
  std::size_t next_round_ = 0;
  wire::vrrp::Sequence number_;
  Instant round_due_;
  Instant grace_until_{};  // who has just become active may still be without votes
  std::size_t asked_ = 0;  // rounds of the present want
  Instant wanted_since_{};
  bool said_why_not_ = false;
  Instant seen_{};     // when it was last thought about
  bool told_ = false;  // Permit or GiveUp, and the router has not followed yet
  FixedQueue<TieBreakAction, 8> actions_;
};

}  // namespace stead::core::vrrp
