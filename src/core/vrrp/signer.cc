#include "core/vrrp/signer.h"

namespace stead::core::vrrp {

using wire::vrrp::kCode;
using wire::vrrp::kTrailer;
using wire::vrrp::Sequence;

Signer::Signer(const Authentication& authentication) { adopt(authentication); }

void Signer::adopt(const Authentication& authentication) {
  hmac_.reset();
  window_ = authentication.window;
  if (!authentication.signs()) return;
  secret_ = authentication.secrets.front().id;
  hmac_.emplace(authentication.secrets.front().bytes());
}

void Signer::begin(WallTime now) {
  const Sequence clock = Sequence::at(now);
  const bool follows = !last_ || clock.is_after(*last_) || last_->since(clock) > window_;
  last_ = follows ? clock : last_->next();
}

std::size_t Signer::sign(std::span<std::uint8_t> buffer, std::size_t size, const wire::vrrp::Path& path) const {
  const std::span<std::uint8_t> packet = buffer.first(size + kTrailer);
  wire::vrrp::encode_trailer({.secret = secret_, .sequence = last_.value_or(Sequence()), .code = {}},
                             packet.last(kTrailer));
  hmac_->sign(wire::vrrp::SignedMessage(packet, path.source).pieces(), packet.last(kCode));
  checksum_to_the_end(packet, path);
  return packet.size();
}

}  // namespace stead::core::vrrp
