#include "wire/witness/ballot.h"

#include <algorithm>
#include <cassert>

namespace stead::wire::witness {
namespace {

constexpr std::uint8_t kMagicFirst = 'S';
constexpr std::uint8_t kMagicSecond = 'W';
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHeard = 1;
constexpr std::uint8_t kGone = 2;

template <typename T>
T read(std::span<const std::uint8_t> bytes) {
  T value = 0;
  for (const std::uint8_t byte : bytes.first(sizeof(T))) value = static_cast<T>(value << 8U | byte);
  return value;
}

template <typename T>
void write(T value, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8U * (sizeof(T) - 1 - i)));
  }
}

bool has_form(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != kBallot && bytes.size() != kMaxBallot) return false;
  if (bytes[0] != kMagicFirst || bytes[1] != kMagicSecond || bytes[2] != kVersion) return false;
  if (bytes[3] < 1 || bytes[3] > static_cast<std::uint8_t>(Kind::Refused)) return false;
  if (bytes[4] == 0 || (bytes[5] != 4 && bytes[5] != 6) || bytes[6] > (kHeard | kGone)) return false;
  if (bytes[18] != 0 || bytes[19] != 0) return false;
  return (bytes[7] != 0) == (bytes.size() == kMaxBallot);
}

}  // namespace

std::optional<Ballot> decode(std::span<const std::uint8_t> bytes) {
  if (!has_form(bytes)) return std::nullopt;
  Ballot ballot{.kind = static_cast<Kind>(bytes[3]),
                .router = bytes[4],
                .family = bytes[5] == 4 ? Family::V4 : Family::V6,
                .heard = (bytes[6] & kHeard) != 0,
                .gone = (bytes[6] & kGone) != 0,
                .secret = bytes[7],
                .number = read<std::uint64_t>(bytes.subspan(8)),
                .priority = bytes[16],
                .holder = bytes[17],
                .remaining_us = read<std::uint32_t>(bytes.subspan(20)),
                .code = {}};
  if (ballot.secret != 0) std::copy_n(bytes.begin() + kBallot, kCode, ballot.code.begin());
  return ballot;
}

std::size_t encode(const Ballot& ballot, std::span<std::uint8_t> buffer) {
  assert(buffer.size() >= kMaxBallot);
  std::fill_n(buffer.begin(), kMaxBallot, std::uint8_t{0});
  buffer[0] = kMagicFirst;
  buffer[1] = kMagicSecond;
  buffer[2] = kVersion;
  buffer[3] = static_cast<std::uint8_t>(ballot.kind);
  buffer[4] = ballot.router;
  buffer[5] = static_cast<std::uint8_t>(ballot.family);
  buffer[6] = static_cast<std::uint8_t>((ballot.heard ? kHeard : 0) | (ballot.gone ? kGone : 0));
  buffer[7] = ballot.secret;
  write(ballot.number, buffer.subspan(8));
  buffer[16] = ballot.priority;
  buffer[17] = ballot.holder;
  write(ballot.remaining_us, buffer.subspan(20));
  return ballot.secret == 0 ? kBallot : kMaxBallot;
}

SignedBallot::SignedBallot(std::span<const std::uint8_t> bytes, const IpAddress& source, const IpAddress& destination)
    : ballot_(bytes.first(kBallot)) {
  header_[0] = static_cast<std::uint8_t>(source.family());
  header_[1] = kVersion;
  header_[2] = kMagicFirst;
  header_[3] = kMagicSecond;
  std::copy(source.bytes().begin(), source.bytes().end(), header_.begin() + 4);
  std::copy(destination.bytes().begin(), destination.bytes().end(), header_.begin() + 20);
}

}  // namespace stead::wire::witness
