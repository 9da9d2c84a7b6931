// One vote about who may have a virtual address: given to one node at a time, for a while. The witness has one, and so
// has each node of the group; what votes are for is said in tie_break.h.
//
//   Ask      given where the vote is free. Refused where it is another's; where who has it is asking himself and is
//            preferred; and for a while after the start, when we do not know whose it was before.
//   Renew    of who has the address: given where the vote is free, from the first moment on.
//   heard    with either of them: given at once. The sender hears who has the address, and that one yields to it, or
//   has
//            said that it goes. That is VRRP's business, in which a vote is not to cost time.
//   Release  frees it, if it was the sender's.
//
// A vote is held a little longer than who has it counts on it (kHeldFor, kTrustedFor), who besides counts from when he
// asked. What is older than the last of a sender changes nothing: datagrams overtake each other. Only numbers that lie
// far back are taken, of a sender that was started again with another clock.
//
// Belongs to one thread. Allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "wire/vrrp/trailer.h"
#include "wire/witness/ballot.h"

namespace stead::core::vrrp {

class Voter {
 public:
  static constexpr std::size_t kMostNodes = 32;
  static constexpr Duration kLateWithin = 5s;  // numbers that lie further back are those of a new life
  // Three adverts: as long as others wait for those of an owner, so that two lost ones are borne here as well.
  [[nodiscard]] static constexpr Duration trusted_for(Duration interval) { return 3 * interval; }
  // A quarter of an interval more: for timers that are late, and clocks that do not run alike. An owner that is gone is
  // succeeded so much later than without a vote.
  [[nodiscard]] static constexpr Duration held_for(Duration interval) { return 3 * interval + interval / 4; }

  // What a voter is that may want the address itself.
  struct Own {
    bool active = false;
    bool asks = false;
    std::uint8_t priority = 0;
    std::size_t index = 0;  // the preferred of two of one priority is the first of the nodes
  };

  Voter(Instant now, Duration interval) : interval_(interval), unknown_until_(now + held_for(interval)) {}

  // `from`: an index into the vip's nodes. nullopt: nothing is to be answered.
  [[nodiscard]] std::optional<wire::witness::Ballot> handle_request(Instant now, std::size_t from,
                                                                    const wire::witness::Ballot& request,
                                                                    const Own& own);

  // For the node whose vote it is: nobody has it, and nobody may have had it before we started.
  [[nodiscard]] bool is_free(Instant now) const { return now >= free_at(); }
  [[nodiscard]] Instant free_at() const { return std::max(holder_ ? until_ : unknown_until_, unknown_until_); }
  // Whose it is; nullopt: nobody's.
  [[nodiscard]] std::optional<std::size_t> holder(Instant now) const;

 private:
  [[nodiscard]] bool is_late(std::size_t from, wire::vrrp::Sequence number);
  [[nodiscard]] bool grants(Instant now, std::size_t from, const wire::witness::Ballot& request, const Own& own) const;

  Duration interval_;
  Instant unknown_until_;
  std::optional<std::size_t> holder_;
  Instant until_{};
  std::array<std::optional<wire::vrrp::Sequence>, kMostNodes> last_;
};

}  // namespace stead::core::vrrp
