// An IPv4 or IPv6 address as a value: 4 or 16 bytes in network order. For what compares, counts or sends addresses; the
// configuration keeps them as text. No zones: which interface is meant is said beside it.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stead {

enum class Family : std::uint8_t { V4 = 4, V6 = 6 };

class IpAddress {
 public:
  static constexpr std::size_t size_of(Family family) { return family == Family::V4 ? 4 : 16; }

  // 0.0.0.0
  constexpr IpAddress() = default;
  // `bytes` must have the family's size.
  constexpr IpAddress(Family family, std::span<const std::uint8_t> bytes) : family_(family) {
    std::copy_n(bytes.begin(), std::min(bytes.size(), size_of(family)), bytes_.begin());
  }
  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    const std::array<std::uint8_t, 4> bytes{a, b, c, d};
    return {Family::V4, bytes};
  }

  // nullopt for what is no address. No brackets, no prefix, no zone.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  // In its canonical form (RFC 5952).
  [[nodiscard]] std::string to_text() const;

  [[nodiscard]] constexpr Family family() const { return family_; }
  [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const {
    return std::span(bytes_).first(size_of(family_));
  }
  [[nodiscard]] constexpr bool is_link_local() const {
    return family_ == Family::V6 ? bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80
                                 : bytes_[0] == 169 && bytes_[1] == 254;
  }
  [[nodiscard]] constexpr bool is_multicast() const {
    return family_ == Family::V6 ? bytes_[0] == 0xff : (bytes_[0] & 0xf0U) == 0xe0;
  }

  // Of one family as numbers, as VRRP compares sources (RFC 9568 section 6.4.3); IPv4 comes before IPv6.
  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::V4;
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace stead
