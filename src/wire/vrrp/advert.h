// VRRP advertisements as bytes: version 3 (RFC 9568 section 5.2, for IPv4 and IPv6) and version 2 (RFC 3768 section
// 5.1, IPv4 only, for the routers of others). What follows the IP header; nothing here judges who sent it or whether we
// care.
//
// version 3                                                  version 2
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+---------------+---------------+
// |version|type 1 | virtual router|    priority   | address count |   the same
// +-------+-------+---------------+---------------+---------------+
// | rsvd  | interval (1/100 s)    |           checksum            |   auth type, interval (s), checksum
// +-------+-----------------------+-------------------------------+
// | addresses: 4 or 16 bytes each …                               |   4 bytes each
// +---------------------------------------------------------------+
//                                                                     8 bytes of authentication data, always
//
// The checksum of version 3 over IPv4 is where implementations part: RFC 9568 says without a pseudo-header, RFC 5798
// was read as with one, and keepalived once put the multicast group in it where it sent to one peer. All three are
// understood; which to send is the caller's choice.
//
// Behind it may stand an authentication trailer (trailer.h), which the count does not cover, and the checksum only over
// IPv6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "base/ip_address.h"
#include "base/time.h"

namespace stead::wire::vrrp {

inline constexpr std::uint8_t kProtocol = 112;  // of the IP header
inline constexpr std::uint8_t kHopLimit = 255;  // what every advert is sent with (section 5.1.1.3)
inline constexpr std::uint8_t kTrafficClass = 0xc0;
inline constexpr IpAddress kGroupV4 = IpAddress::v4(224, 0, 0, 18);
inline constexpr IpAddress kGroupV6{
    Family::V6, std::array<std::uint8_t, 16>{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12}};
[[nodiscard]] constexpr const IpAddress& group_of(Family family) { return family == Family::V4 ? kGroupV4 : kGroupV6; }

inline constexpr std::uint8_t kPriorityOwner = 255;
inline constexpr std::uint8_t kPriorityRelease = 0;

// What 12 bits of hundredths hold; version 2 has 8 bits of whole seconds.
inline constexpr Duration kShortestInterval = 10ms;
inline constexpr Duration kLongestInterval = 40'950ms;
inline constexpr Duration kLongestIntervalV2 = 255s;

// Leaves room in an Ethernet frame for a trailer.
inline constexpr std::size_t kMaxAddresses = 64;
inline constexpr std::size_t kMaxAdvert = 8 + kMaxAddresses * 16 + 8;

enum class Version : std::uint8_t { V2 = 2, V3 = 3 };

enum class ChecksumForm : std::uint8_t {
  PseudoHeader,  // what keepalived and FRR send by default, and IPv6 always has
  Plain,         // RFC 9568 section 5.2.8 for IPv4; version 2 always
};

// The addresses of an advert, in its bytes: valid as long as these are.
class AddressList {
 public:
  constexpr AddressList() = default;
  constexpr AddressList(Family family, std::span<const std::uint8_t> bytes) : family_(family), bytes_(bytes) {}

  [[nodiscard]] constexpr std::size_t size() const { return bytes_.size() / IpAddress::size_of(family_); }
  [[nodiscard]] constexpr IpAddress operator[](std::size_t i) const {
    const std::size_t width = IpAddress::size_of(family_);
    return {family_, bytes_.subspan(i * width, width)};
  }

 private:
  Family family_ = Family::V4;
  std::span<const std::uint8_t> bytes_;
};

// Version 2's authentication, which RFC 3768 took out again. Only None and SimpleText are known here.
enum class AuthType : std::uint8_t { None = 0, SimpleText = 1 };
using AuthData = std::array<std::uint8_t, 8>;

struct Advert {
  Version version = Version::V3;
  Family family = Family::V4;
  std::uint8_t router = 0;    // VRID: 1 to 255
  std::uint8_t priority = 0;  // 0: the sender gives up; 255: it owns the addresses
  Duration interval{};        // between the sender's adverts
  AddressList addresses;
  AuthType auth_type = AuthType::None;    // version 2
  AuthData auth_data{};                   // version 2
  std::span<const std::uint8_t> trailer;  // what follows the advert; usually nothing
};

enum class Refusal : std::uint8_t {
  TooShort,     // section 7.1: not the complete packet
  BadVersion,   // neither 2 nor 3; or 2 over IPv6
  BadType,      // not an advertisement; CARP looks like this
  BadRouter,    // VRID 0
  BadInterval,  // 0
  BadAuthType,  // version 2: neither none nor simple text
  BadLength,    // more bytes than the count of addresses explains
  BadChecksum,
};
inline constexpr std::size_t kRefusals = 8;
// In words, for logs; as a label, for metrics.
[[nodiscard]] std::string_view describe(Refusal refusal);
[[nodiscard]] std::string_view label(Refusal refusal);

// Where a packet came from, and where it went: parts of the checksum.
struct Path {
  IpAddress source;
  IpAddress destination;
};

// `bytes` is all that follows the IP header. The result refers to them.
[[nodiscard]] std::expected<Advert, Refusal> decode(std::span<const std::uint8_t> bytes, const Path& path);

// What is to be sent. The addresses are of the family of the path.
struct Outgoing {
  Version version = Version::V3;
  ChecksumForm form = ChecksumForm::PseudoHeader;
  std::uint8_t router = 0;
  std::uint8_t priority = 0;
  Duration interval{};
  std::span<const IpAddress> addresses;  // at most kMaxAddresses
  AuthType auth_type = AuthType::None;
  AuthData auth_data{};
};

// Returns how many bytes of `buffer` it is: at most kMaxAdvert, which it must hold.
[[nodiscard]] std::size_t encode(const Outgoing& advert, const Path& path, std::span<std::uint8_t> buffer);

// For an advert that something was put behind: over IPv6, a kernel at the other end may check the sum of all that
// follows the IP header, as it does for keepalived. Over IPv4 the sum stays as it is.
void checksum_to_the_end(std::span<std::uint8_t> packet, const Path& path);

}  // namespace stead::wire::vrrp
