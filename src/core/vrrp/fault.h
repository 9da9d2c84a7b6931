// What can be wrong with an advert: why the gate refuses it, or remarks on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stead::core::vrrp {

enum class Fault : std::uint8_t {
  Malformed,      // wire::vrrp::Refusal says how
  BadHopLimit,    // came through a router (section 7.1); unicast peers may be behind one
  OwnSource,      // has our address: it came back, or somebody else has it
  UnknownSource,  // is none of the peers
  WrongPath,      // multicast where unicast is agreed, or the other way
  OtherVersion,
  OtherInterval,   // version 2: must be the same on all
  OtherAddresses,  // another number of addresses; passes, since a file that changes does not change everywhere at once
  BadPassword,
  // Of signatures (verifier.h).
  Unauthenticated,  // there is one, and we have no secret
  Unsigned,         // there is none, and must be
  BadTrailer,       // what stands in its place is none
  UnknownSecret,    // with a secret of an id that we do not have
  BadSignature,
  Stale,     // too far from our time: a recording, or a clock that is wrong
  Replayed,  // not later than what the sender has said before
};
inline constexpr std::size_t kFaults = 16;
// In words, for logs; as a label, for metrics.
[[nodiscard]] std::string_view describe(Fault fault);
[[nodiscard]] std::string_view label(Fault fault);

}  // namespace stead::core::vrrp
