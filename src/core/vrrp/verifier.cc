#include "core/vrrp/verifier.h"

#include <algorithm>

namespace stead::core::vrrp {

using wire::vrrp::Sequence;
using wire::vrrp::Trailer;

Verifier::Verifier(const Authentication& authentication) : replay_window_(authentication.window) {
  adopt(authentication);
}

void Verifier::adopt(const Authentication& authentication) {
  keys_.clear();
  for (const Secret& secret : authentication.secrets) keys_.push_back({secret.id, HmacSha256(secret.bytes())});
  trust_ = authentication.trust;
  replay_window_.set_window(authentication.window);
}

const Verifier::Key* Verifier::find(std::uint8_t id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

std::expected<void, Fault> Verifier::check(std::span<const std::uint8_t> packet, std::span<const std::uint8_t> trailer,
                                           const IpAddress& source, WallTime now) {
  if (trailer.empty()) {
    if (keys_.empty() || trust_ != Trust::Signed) return {};
    return std::unexpected(Fault::Unsigned);
  }
  if (keys_.empty()) return std::unexpected(Fault::Unauthenticated);
  const std::optional<Trailer> decoded = wire::vrrp::decode_trailer(trailer);
  if (!decoded) return std::unexpected(Fault::BadTrailer);
  const Key* key = find(decoded->secret);
  if (key == nullptr) return std::unexpected(Fault::UnknownSecret);
  // Before the signature, so that a flood of recordings costs little.
  const Sequence time = Sequence::at(now);
  if (replay_window_.is_stale(decoded->sequence, time)) return std::unexpected(Fault::Stale);
  if (!key->hmac.matches(wire::vrrp::SignedMessage(packet, source).pieces(), decoded->code)) {
    return std::unexpected(Fault::BadSignature);
  }
  const auto taken = replay_window_.take(source, decoded->sequence, time);
  if (taken) return {};
  return std::unexpected(taken.error() == ReplayWindow::Refusal::Stale ? Fault::Stale : Fault::Replayed);
}

}  // namespace stead::core::vrrp
