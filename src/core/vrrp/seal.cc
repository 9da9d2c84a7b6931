#include "core/vrrp/seal.h"

#include <algorithm>

#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp {

using wire::vrrp::Sequence;
using wire::witness::Ballot;
using wire::witness::SignedBallot;

void Seal::adopt(const Authentication& authentication) {
  keys_.clear();
  for (const Secret& one : authentication.secrets) keys_.push_back({one.id, HmacSha256(one.bytes())});
  signs_ = authentication.signs();
  trust_ = authentication.trust;
  window_ = authentication.window;
}

std::size_t Seal::write(Ballot ballot, const Way& way, std::span<std::uint8_t> buffer) const {
  ballot.secret = signs_ ? keys_.front().id : std::uint8_t{0};
  const std::size_t size = wire::witness::encode(ballot, buffer);
  if (!signs_) return size;
  const SignedBallot message(buffer, way.source, way.destination);
  keys_.front().hmac.sign(message.pieces(), buffer.subspan(wire::witness::kBallot, wire::witness::kCode));
  return size;
}

bool Seal::accepts(WallTime now, std::span<const std::uint8_t> bytes, const Ballot& ballot, const Way& way) const {
  if (ballot.secret == 0) return keys_.empty() || trust_ != Trust::Signed;
  const auto key = std::ranges::find(keys_, ballot.secret, &Key::id);
  if (key == keys_.end()) return false;
  const SignedBallot message(bytes, way.source, way.destination);
  if (!key->hmac.matches(message.pieces(), ballot.code)) return false;
  if (ballot.is_answer()) return true;
  const Duration apart = Sequence(ballot.number).since(Sequence::at(now));
  return apart <= window_ && -apart <= window_;
}

}  // namespace stead::core::vrrp
