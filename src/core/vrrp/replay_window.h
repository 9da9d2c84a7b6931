// Refuses signed adverts that were recorded and sent again: each sender's sequence numbers must grow, and be near our
// own time. The numbers are times, so that they grow across a restart of the sender without a file to keep them in.
//
// To be asked about adverts whose signature holds, and about nothing else: whoever gets in here takes one of few
// places. A sender that is not remembered can be replayed within the window only; see kMaxSenders for who is forgotten.
// After a restart of ours nobody is remembered, so that for the length of the window, what was sent in it could be sent
// again. (To wait that long instead would mean to miss true adverts, and so a second owner at every start.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp {

class ReplayWindow {
 public:
  // As many as the nodes and peers of a group can be, and then some: only who knows the secret takes a place, so that a
  // stranger cannot make us forget anybody. Should there be more, the one whose last advert is oldest is forgotten;
  // from then on, whoever is not remembered must be later than that advert. So nothing that was taken once is taken
  // again.
  static constexpr std::size_t kMaxSenders = 64;

  enum class Refusal : std::uint8_t {
    Stale,     // too far from our time: too old, or a clock is wrong
    Replayed,  // not later than what the sender has said before
  };

  explicit ReplayWindow(Duration window);
  // What is remembered stays.
  void set_window(Duration window) { window_ = window; }

  // Of an advert whose signature need not have been checked yet.
  [[nodiscard]] bool is_stale(wire::vrrp::Sequence sequence, wire::vrrp::Sequence now) const;
  // Of one whose signature holds. Remembers it, if it is taken.
  [[nodiscard]] std::expected<void, Refusal> take(const IpAddress& sender, wire::vrrp::Sequence sequence,
                                                  wire::vrrp::Sequence now);

 private:
  struct Sender {
    IpAddress address;
    wire::vrrp::Sequence last;
  };
  Sender* find(const IpAddress& address);
  Sender& make_place();

  Duration window_;
  std::vector<Sender> senders_;
  std::optional<wire::vrrp::Sequence> forgotten_;
};

}  // namespace stead::core::vrrp
