#include "core/vrrp/replay_window.h"

#include <algorithm>

namespace stead::core::vrrp {

using wire::vrrp::Sequence;

ReplayWindow::ReplayWindow(Duration window) : window_(window) { senders_.reserve(kMaxSenders); }

bool ReplayWindow::is_stale(Sequence sequence, Sequence now) const {
  const Duration age = now.since(sequence);
  return age > window_ || age < -window_;
}

std::expected<void, ReplayWindow::Refusal> ReplayWindow::take(const IpAddress& sender, Sequence sequence,
                                                              Sequence now) {
  if (is_stale(sequence, now)) return std::unexpected(Refusal::Stale);
  Sender* known = find(sender);
  const std::optional<Sequence> last = known != nullptr ? std::optional(known->last) : forgotten_;
  // One that is out of the window orders nothing but what is refused as stale anyway; and where a clock was ahead and
  // has been put right, one from that time would keep the sender out until its time has come.
  if (last && !is_stale(*last, now) && !sequence.is_after(*last)) return std::unexpected(Refusal::Replayed);
  if (known == nullptr) known = &make_place();
  *known = {.address = sender, .last = sequence};
  return {};
}

ReplayWindow::Sender* ReplayWindow::find(const IpAddress& address) {
  const auto found = std::ranges::find(senders_, address, &Sender::address);
  return found == senders_.end() ? nullptr : &*found;
}

ReplayWindow::Sender& ReplayWindow::make_place() {
  if (senders_.size() < kMaxSenders) return senders_.emplace_back();
  const auto oldest = std::ranges::min_element(
      senders_, [](const Sender& one, const Sender& other) { return other.last.is_after(one.last); });
  if (!forgotten_ || oldest->last.is_after(*forgotten_)) forgotten_ = oldest->last;
  return *oldest;
}

}  // namespace stead::core::vrrp
