// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
//
// A sum over several pieces is taken by adding each in turn; only the last may have an odd length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ip_address.h"

namespace stead::wire {

class Checksum {
 public:
  constexpr Checksum& add(std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) add_word(bytes[i] * 256U + bytes[i + 1]);
    if (bytes.size() % 2 == 1) add_word(bytes.back() * 256U);
    return *this;
  }
  constexpr Checksum& add_word(std::uint32_t word) {
    sum_ += word;
    return *this;
  }
  // What stands before the payload in the sums of TCP, UDP, ICMPv6 (RFC 8200 section 8.1) and, for most, VRRP: both
  // addresses, the length and the protocol. The same numbers in both families, though not in the same widths.
  constexpr Checksum& add_pseudo_header(const IpAddress& source, const IpAddress& destination, std::size_t length,
                                        std::uint8_t protocol) {
    add(source.bytes()).add(destination.bytes());
    return add_word(static_cast<std::uint32_t>(length >> 16U)).add_word(length & 0xffffU).add_word(protocol);
  }

  // To be written in network order. 0 over data that holds its own right checksum.
  [[nodiscard]] constexpr std::uint16_t value() const {
    std::uint64_t folded = sum_;
    while (folded > 0xffff) folded = (folded & 0xffffU) + (folded >> 16U);
    return static_cast<std::uint16_t>(~folded);
  }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace stead::wire
