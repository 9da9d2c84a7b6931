// Whether an advert was signed by somebody who knows one of our secrets, and is no recording. Says nothing about who
// that is: all of a group are trusted alike.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "base/hmac_sha256.h"
#include "base/ip_address.h"
#include "base/time.h"
#include "core/vrrp/fault.h"
#include "core/vrrp/replay_window.h"
#include "core/vrrp/secret.h"
#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp {

class Verifier {
 public:
  explicit Verifier(const Authentication& authentication);
  // Other secrets, or another trust; what is remembered of the senders stays.
  void adopt(const Authentication& authentication);

  // `packet` is all that follows the IP header, and ends with `trailer`, which may be empty. What is taken must not be
  // refused by anybody afterwards: it is remembered.
  [[nodiscard]] std::expected<void, Fault> check(std::span<const std::uint8_t> packet,
                                                 std::span<const std::uint8_t> trailer, const IpAddress& source,
                                                 WallTime now);

 private:
  struct Key {
    std::uint8_t id;
    HmacSha256 hmac;
  };
  [[nodiscard]] const Key* find(std::uint8_t id) const;

  std::vector<Key> keys_;
  Trust trust_ = Trust::Signed;
  ReplayWindow replay_window_;
};

}  // namespace stead::core::vrrp
