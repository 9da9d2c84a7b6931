// Any bytes as a ballot: what is read is what would be written, nothing passes a seal but what is signed, and neither a
// voter nor a node that asks for votes breaks, whatever comes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/vrrp/seal.h"
#include "core/vrrp/tie_break.h"
#include "core/vrrp/voter.h"

namespace {

using namespace stead;
using namespace stead::wire::witness;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr Instant kNow{1000s};
constexpr WallTime kWall{1'700'000'000s};
constexpr core::vrrp::Seal::Way kWay{IpAddress::v4(10, 0, 0, 11), IpAddress::v4(10, 0, 0, 21)};

void check_seal(std::span<const std::uint8_t> bytes, const Ballot& ballot) {
  const core::vrrp::Seal seal({.secrets = {{.id = 1, .key = std::string(32, 'k')}}});
  if (seal.accepts(kWall, bytes, ballot, kWay)) {
    std::array<std::uint8_t, kMaxBallot> anew;
    require(seal.write(ballot, kWay, anew) == bytes.size());
    require(std::ranges::equal(anew, bytes));
  }
  require(ballot.secret != 0 || !seal.accepts(kWall, bytes, ballot, kWay));
}

void check_votes(const Ballot& ballot) {
  core::vrrp::Voter voter(kNow - 1s, 100ms);
  const auto answer = voter.handle_request(kNow, ballot.priority % 4U, ballot, {});
  require(!answer || (answer->is_answer() && answer->number == ballot.number));
  core::vrrp::TieBreak tie_break(kNow - 1s, {.interval = 100ms, .self = 0, .nodes = 2});
  tie_break.handle_claim(kNow, kWall, {.active = false, .wants = true, .heard = ballot.heard, .priority = 100});
  while (tie_break.poll_action()) {
  }
  for (std::size_t from = 0; from < 4; ++from) {
    tie_break.handle_answer(kNow, from, ballot);
    static_cast<void>(tie_break.handle_request(kNow, from, ballot));
  }
  while (tie_break.poll_action()) {
  }
  require(tie_break.next_timeout() > Instant{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto block = std::make_unique_for_overwrite<std::uint8_t[]>(size);  // of exactly its size
  std::copy_n(data, size, block.get());
  const std::span<const std::uint8_t> bytes(block.get(), size);
  const std::optional<Ballot> ballot = decode(bytes);
  if (!ballot) return 0;
  std::array<std::uint8_t, kMaxBallot> anew;
  require(encode(*ballot, anew) == size);
  require(std::ranges::equal(std::span(anew).first(kBallot), bytes.first(kBallot)));
  check_seal(bytes, *ballot);
  check_votes(*ballot);
  return 0;
}
