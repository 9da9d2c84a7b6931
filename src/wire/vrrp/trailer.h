// The authentication trailer of an advert as bytes, in the form of keepalived 2.4: a sequence number that is a clock's
// time, and an HMAC-SHA256, cut to its first 16 bytes. Behind the advert, in both versions and families; nothing here
// knows a secret, or judges a time.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |    type 1     |   secret id   |               0               |
// +---------------+---------------+-------------------------------+
// |                    seconds since 1970, UTC                    |
// +-------------------------------+-------------------------------+
// |      1/65536 of a second      |            counter            |
// +-------------------------------+-------------------------------+
// | code: 16 bytes …                                              |
// +---------------------------------------------------------------+
//
// The checksum of IPv4 ends with the advert. That of IPv6 goes on to the end of the packet: kernels compute it, and
// know no end but that (advert.h, checksum_to_the_end). The code therefore reads the checksum as 0, and neither depends
// on the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/ip_address.h"
#include "base/time.h"
#include "wire/vrrp/advert.h"

namespace stead::wire::vrrp {

inline constexpr std::size_t kTrailer = 28;
inline constexpr std::size_t kCode = 16;
inline constexpr std::size_t kMaxPacket = kMaxAdvert + kTrailer;

// Seconds, 1/65536 of a second and counter, as one number. It begins anew in 2106, so that "later" is said of two that
// are less than half of all numbers apart (RFC 1982).
class Sequence {
 public:
  constexpr Sequence() = default;
  constexpr explicit Sequence(std::uint64_t value) : value_(value) {}
  [[nodiscard]] static Sequence at(WallTime time);

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr Sequence next() const { return Sequence(value_ + 1); }
  // Negative: `other` is later.
  [[nodiscard]] Duration since(Sequence other) const;
  [[nodiscard]] constexpr bool is_after(Sequence other) const {
    return static_cast<std::int64_t>(value_ - other.value_) > 0;
  }
  [[nodiscard]] bool operator==(const Sequence&) const = default;

 private:
  std::uint64_t value_ = 0;
};

struct Trailer {
  std::uint8_t secret = 0;  // the id of the one that it was signed with
  Sequence sequence;
  std::array<std::uint8_t, kCode> code{};
};

// nullopt: of another length, of another type, or not 0 where it must be.
[[nodiscard]] std::optional<Trailer> decode_trailer(std::span<const std::uint8_t> bytes);
// `buffer` has kTrailer bytes.
void encode_trailer(const Trailer& trailer, std::span<std::uint8_t> buffer);

// What the code is computed over: a header of its own, then the packet, in which checksum and code are read as 0. The
// header ties it to the family, the version, the router's id and the sender, so that it fits no other group that has
// the same secret.
class SignedMessage {
 public:
  using Pieces = std::array<std::span<const std::uint8_t>, 5>;
  // `packet` is an advert and its trailer, of at least as many bytes as the two have; pieces() refers to it, and to
  // this object.
  SignedMessage(std::span<const std::uint8_t> packet, const IpAddress& source);
  [[nodiscard]] Pieces pieces() const;

 private:
  std::array<std::uint8_t, 20> header_{};
  std::span<const std::uint8_t> packet_;
};

}  // namespace stead::wire::vrrp
