#include "wire/vrrp/trailer.h"

#include <algorithm>
#include <cassert>

namespace stead::wire::vrrp {
namespace {

constexpr std::uint8_t kHmacSha256 = 1;
constexpr std::size_t kSequenceOffset = 4;
constexpr std::size_t kCodeOffset = kTrailer - kCode;
constexpr std::size_t kChecksumOffset = 6;  // in the advert
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kAdvertHeader = 8;
constexpr std::uint64_t kSecond = std::uint64_t{1} << 32U;
constexpr std::array<std::uint8_t, kCode> kZeros{};

}  // namespace

Sequence Sequence::at(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  const auto rest = static_cast<std::uint64_t>((time.time_since_epoch() - seconds).count());
  // Of a second there are 65536 parts, behind which the counter's 16 bits are 0. Seconds beyond 32 bits fall off.
  const std::uint64_t part = (rest << 16U) / static_cast<std::uint64_t>(Duration(1s).count());
  return Sequence((static_cast<std::uint64_t>(seconds.count()) << 32U) | (part << 16U));
}

Duration Sequence::since(Sequence other) const {
  const bool later = is_after(other);
  const std::uint64_t distance = later ? value_ - other.value_ : other.value_ - value_;
  const auto nanoseconds = static_cast<std::int64_t>(distance % kSecond * 1'000'000'000U / kSecond);
  const Duration apart = std::chrono::seconds(distance / kSecond) + Duration(nanoseconds);
  return later ? apart : -apart;
}

std::optional<Trailer> decode_trailer(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != kTrailer) return std::nullopt;
  if (bytes[0] != kHmacSha256 || bytes[2] != 0 || bytes[3] != 0) return std::nullopt;
  std::uint64_t sequence = 0;
  for (const std::uint8_t byte : bytes.subspan(kSequenceOffset, 8)) sequence = sequence << 8U | byte;
  Trailer trailer{.secret = bytes[1], .sequence = Sequence(sequence), .code = {}};
  std::copy_n(bytes.begin() + kCodeOffset, kCode, trailer.code.begin());
  return trailer;
}

void encode_trailer(const Trailer& trailer, std::span<std::uint8_t> buffer) {
  assert(buffer.size() == kTrailer);
  buffer[0] = kHmacSha256;
  buffer[1] = trailer.secret;
  buffer[2] = buffer[3] = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    buffer[kSequenceOffset + i] = static_cast<std::uint8_t>(trailer.sequence.value() >> (56U - 8U * i));
  }
  std::copy(trailer.code.begin(), trailer.code.end(), buffer.begin() + kCodeOffset);
}

SignedMessage::SignedMessage(std::span<const std::uint8_t> packet, const IpAddress& source) : packet_(packet) {
  assert(packet.size() >= kAdvertHeader + kTrailer);
  header_[0] = static_cast<std::uint8_t>(source.family());  // 4 or 6
  header_[1] = packet[0] >> 4U;                             // the version
  header_[2] = packet[1];                                   // the router's id
  std::copy(source.bytes().begin(), source.bytes().end(), header_.begin() + 4);
}

SignedMessage::Pieces SignedMessage::pieces() const {
  const std::size_t rest = kChecksumOffset + kChecksum;
  const std::span zeros(kZeros);
  return {header_, packet_.first(kChecksumOffset), zeros.first(kChecksum),
          packet_.subspan(rest, packet_.size() - rest - kCode), zeros};
}

}  // namespace stead::wire::vrrp
