// What nodes of a virtual address and its witness say to each other about who may have it, as bytes: one datagram of
// UDP each, from and to port 9568. A request asks for the receiver's vote, an answer gives or refuses it, under the
// request's number. What follows from that is said in core/vrrp/tie_break.h; nothing here judges, and no secret is
// known here.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+---------------+---------------+
// |         0x5357 ("SW")         |   version 1   |     kind      |
// +---------------+---------------+-------------+-+---------------+
// |   router id   | family: 4, 6  |     0     |G|H|   secret id   |
// +---------------+---------------+-----------+-+-+---------------+
// | number: seconds since 1970, 1/65536 of a second, a counter    |
// |                                                               |
// +---------------+---------------+-------------------------------+
// |   priority    |    holder     |               0               |
// +---------------+---------------+-------------------------------+
// |           microseconds until the vote is free again           |
// +---------------------------------------------------------------+
// | code: 16 bytes, only where the secret id is not 0             |
// +---------------------------------------------------------------+
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/ip_address.h"

namespace stead::wire::witness {

inline constexpr std::uint16_t kPort = 9568;
inline constexpr std::size_t kBallot = 24;
inline constexpr std::size_t kCode = 16;
inline constexpr std::size_t kMaxBallot = kBallot + kCode;
inline constexpr std::uint8_t kNobody = 255;

enum class Kind : std::uint8_t {
  Ask = 1,      // for a node that does not have the addresses, and would
  Renew = 2,    // for one that has them
  Release = 3,  // the vote is not needed any more; not answered
  Look = 4,     // whether somebody is there; changes nothing
  Granted = 5,
  Refused = 6,
};

struct Ballot {
  Kind kind = Kind::Look;
  std::uint8_t router = 0;
  Family family = Family::V4;  // of the addresses; the datagram may be of the other
  bool heard = false;          // H: the sender hears who has them, and that one has to yield, or has resigned
  bool gone = false;           // G, in Release: the sender stops, and has nothing any more until it speaks again
  std::uint8_t secret = 0;     // that it is signed with; 0: it is not
  std::uint64_t number = 0;
  std::uint8_t priority = 0;       // of who asks
  std::uint8_t holder = kNobody;   // answers: whose the vote is, as an index into the vip's nodes
  std::uint32_t remaining_us = 0;  // Refused: until it is worth asking again
  std::array<std::uint8_t, kCode> code{};

  [[nodiscard]] bool is_answer() const { return kind == Kind::Granted || kind == Kind::Refused; }
  [[nodiscard]] bool operator==(const Ballot&) const = default;
};

// nullopt: no ballot, of another version, or of another length.
[[nodiscard]] std::optional<Ballot> decode(std::span<const std::uint8_t> bytes);
// Without the code, for which room is left where there is a secret's id. `buffer` has kMaxBallot bytes; the datagram's
// size is returned.
[[nodiscard]] std::size_t encode(const Ballot& ballot, std::span<std::uint8_t> buffer);

// What the code is computed over: a header of its own with both ends of the way, then the ballot; the code is not in
// it. The version keeps it apart from what is signed of adverts.
class SignedBallot {
 public:
  using Pieces = std::array<std::span<const std::uint8_t>, 2>;
  // `bytes` begins with a ballot; pieces() refers to it, and to this object.
  SignedBallot(std::span<const std::uint8_t> bytes, const IpAddress& source, const IpAddress& destination);
  [[nodiscard]] Pieces pieces() const { return {header_, ballot_}; }

 private:
  std::array<std::uint8_t, 36> header_{};
  std::span<const std::uint8_t> ballot_;
};

}  // namespace stead::wire::witness
