#include "wire/icmp/echo.h"

#include <algorithm>

#include "wire/checksum.h"

namespace stead::wire::icmp {
namespace {

constexpr std::uint8_t kRequestV4 = 8;
constexpr std::uint8_t kReplyV4 = 0;
constexpr std::uint8_t kRequestV6 = 128;
constexpr std::uint8_t kReplyV6 = 129;
constexpr std::size_t kLeastHeaderV4 = 20;

void put(std::span<std::uint8_t> out, std::uint64_t value) {
  for (std::size_t i = out.size(); i-- > 0; value >>= 8U) out[i] = static_cast<std::uint8_t>(value);
}

std::array<std::uint8_t, kEchoSize> message(std::uint8_t type, const Echo& echo) {
  std::array<std::uint8_t, kEchoSize> bytes{};
  bytes[0] = type;
  const std::span all(bytes);
  put(all.subspan(4, 2), echo.identifier);
  put(all.subspan(6, 2), echo.sequence);
  put(all.subspan(8, 8), echo.token);
  return bytes;
}

// Without the header of IPv4, whose length is in its first byte; empty where there is none.
std::span<const std::uint8_t> payload(Family family, std::span<const std::uint8_t> packet) {
  if (family == Family::V6) return packet;
  const std::size_t header = packet.empty() ? 0 : (packet[0] & 0x0fU) * std::size_t{4};
  if (header < kLeastHeaderV4 || header > packet.size()) return {};
  return packet.subspan(header);
}

}  // namespace

std::array<std::uint8_t, kEchoSize> request(Family family, const Echo& echo) {
  std::array<std::uint8_t, kEchoSize> bytes = message(family == Family::V4 ? kRequestV4 : kRequestV6, echo);
  if (family == Family::V4) put(std::span(bytes).subspan(2, 2), Checksum().add(bytes).value());
  return bytes;
}

bool is_reply(Family family, std::span<const std::uint8_t> packet, const Echo& echo) {
  const std::span<const std::uint8_t> reply = payload(family, packet);
  if (reply.size() != kEchoSize) return false;
  const std::array<std::uint8_t, kEchoSize> expected = message(family == Family::V4 ? kReplyV4 : kReplyV6, echo);
  const bool same = std::equal(expected.begin(), expected.begin() + 2, reply.begin()) &&
                    std::equal(expected.begin() + 4, expected.end(), reply.begin() + 4);
  return same && (family == Family::V6 || Checksum().add(reply).value() == 0);
}

}  // namespace stead::wire::icmp
