// Signs ballots (wire/witness/ballot.h) with the secrets of the vip, and tells whether others are signed: what signer.h
// and verifier.h do for adverts, under the same rules.
//
// A request that was recorded is stale after the window, and before that older than the last of its sender, which the
// voter remembers (voter.h). Answers carry the number of a request, so that a recorded one answers nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/hmac_sha256.h"
#include "base/ip_address.h"
#include "base/time.h"
#include "core/vrrp/secret.h"
#include "wire/witness/ballot.h"

namespace stead::core::vrrp {

class Seal {
 public:
  explicit Seal(const Authentication& authentication) { adopt(authentication); }
  void adopt(const Authentication& authentication);

  // Both ends of a datagram's way.
  struct Way {
    IpAddress source;
    IpAddress destination;
  };
  // Writes the ballot, signed where there are secrets, and returns its size. `buffer` has room for kMaxBallot bytes.
  [[nodiscard]] std::size_t write(wire::witness::Ballot ballot, const Way& way, std::span<std::uint8_t> buffer) const;
  // `ballot` is what `bytes` say.
  [[nodiscard]] bool accepts(WallTime now, std::span<const std::uint8_t> bytes, const wire::witness::Ballot& ballot,
                             const Way& way) const;

 private:
  struct Key {
    std::uint8_t id;
    HmacSha256 hmac;
  };

  std::vector<Key> keys_;  // the first is for sending
  bool signs_ = false;
  Trust trust_ = Trust::Signed;
  Duration window_{};
};

}  // namespace stead::core::vrrp
