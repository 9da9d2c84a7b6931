// Several addresses, shared by all nodes that are alive: who should have which. Each address is a virtual router of its
// own (router.h), and sharing is nothing but a choice of priorities for them, so that no node needs to ask another, and
// whatever goes wrong, VRRP decides.
//
// What a node knows is what all know: who is the owner of each address, from the adverts. From that, all come to the
// same conclusions by the same rules:
//   who owns an address keeps it unless it has too many; shares differ by one at most;
//   a node that has too few claims from those that have too many, by a priority above theirs, which it keeps at first:
//   of two that claim the same, both would otherwise hear a higher priority than they have by then, and both yield;
//   of each owner's addresses, every other node knows which ones it would inherit, and has a priority before the rest
//   for these, so that a dead node's addresses go where they are to stay.
// A node that has none is known to itself only, until it has one. Two of them may claim the same address: then VRRP
// decides between equals, and the other claims another.
//
// Plain values; nothing here allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/ip_address.h"

namespace stead::core::vrrp {

class Spread {
 public:
  static constexpr std::size_t kMostAddresses = 20;
  static constexpr std::size_t kMostNodes = 32;

  // Priorities. The differences make for differences of skew, so that one node is first.
  static constexpr std::uint8_t kClaim = 252;
  static constexpr std::uint8_t kOwner = 250;
  static constexpr std::uint8_t kHeir = 249;         // that has an address, so that all know of it
  static constexpr std::uint8_t kUnknownHeir = 248;  // less up to 6
  static constexpr std::uint8_t kRest = 240;         // less up to 31
  // An owner of a lower priority than this wants to be succeeded.
  static constexpr std::uint8_t kGivesUp = 200;

  // An owner of two adverts' age has heard all who became one at the same time.
  static constexpr int kFreshAdverts = 2;

  // Of one address. Neither ours nor anybody's: nothing has been heard yet.
  struct Seen {
    bool ours = false;
    bool fresh = false;              // has been ours for less than kFreshAdverts
    std::optional<IpAddress> owner;  // the source of its adverts
    std::uint8_t priority = 0;       // the owner's

    [[nodiscard]] bool operator==(const Seen&) const = default;
  };

  // `index`: our place among the file's `nodes`.
  Spread(IpAddress self, std::size_t index, std::size_t nodes) : self_(self), index_(index), nodes_(nodes) {}

  // The priority that we should have for each of the addresses. Both of one size, kMostAddresses at most; the addresses
  // in the same order on all nodes.
  void decide(std::span<const Seen> seen, std::span<std::uint8_t> priorities) const;

 private:
  // Index of a node that owns something, or of ourselves; kNobody.
  using Holder = std::uint8_t;
  static constexpr Holder kNobody = 0xff;
  using Holders = std::array<Holder, kMostAddresses>;
  struct View;

  [[nodiscard]] View look(std::span<const Seen> seen) const;
  [[nodiscard]] static Holders share(const View& view, Holder without);
  [[nodiscard]] std::uint8_t rest(std::size_t address) const;
  [[nodiscard]] std::uint8_t first_of_all(std::size_t address) const;
  [[nodiscard]] std::uint8_t heir(const View& view) const;

  IpAddress self_;
  std::size_t index_;
  std::size_t nodes_;
};

}  // namespace stead::core::vrrp
