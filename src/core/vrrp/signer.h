// Signs our adverts: puts a trailer behind each, with a sequence number that is the time, and never one that was used
// before.
//
// The time is the wall's, since it goes on while we do not run: a keeper that starts again sends later numbers than the
// one before it, though it remembers none. Two adverts within one part of a second, and a clock that steps back a
// little, get the last number and one. A clock that steps back by more than the window was wrong before: those who
// listen would refuse its times as stale, and do not hold them against us either (replay_window.h), so that there it
// begins anew.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/hmac_sha256.h"
#include "base/time.h"
#include "core/vrrp/secret.h"
#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp {

class Signer {
 public:
  explicit Signer(const Authentication& authentication);
  // Other secrets; the numbers go on.
  void adopt(const Authentication& authentication);

  [[nodiscard]] bool signs() const { return hmac_.has_value(); }
  // Once for each advert, however many it is sent to: they are one for who listens.
  void begin(WallTime now);
  // The advert is the first `size` bytes of `buffer`, which has room for a trailer. Returns the size of both.
  [[nodiscard]] std::size_t sign(std::span<std::uint8_t> buffer, std::size_t size, const wire::vrrp::Path& path) const;

 private:
  std::optional<HmacSha256> hmac_;
  std::uint8_t secret_ = 0;
  Duration window_{};
  std::optional<wire::vrrp::Sequence> last_;
};

}  // namespace stead::core::vrrp
