#include "wire/icmp/echo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "wire/checksum.h"

namespace stead::wire::icmp {
namespace {

constexpr Echo kEcho{.identifier = 0x1234, .sequence = 0x0506, .token = 0x1122334455667788U};

using Bytes = std::vector<std::uint8_t>;

// What a host makes of the request; of IPv4 behind a header.
Bytes reply_to(Family family, const Echo& echo) {
  const auto request = icmp::request(family, echo);
  Bytes reply(request.begin(), request.end());
  reply[0] = family == Family::V4 ? 0 : 129;
  reply[2] = reply[3] = 0;
  if (family == Family::V6) return reply;
  const std::uint16_t sum = Checksum().add(reply).value();
  reply[2] = static_cast<std::uint8_t>(sum >> 8U);
  reply[3] = static_cast<std::uint8_t>(sum);
  Bytes packet(20);
  packet[0] = 0x45;
  packet.insert(packet.end(), reply.begin(), reply.end());
  return packet;
}

TEST(IcmpEcho, ARequestIsAsTheRfcsDrawIt) {
  const auto v4 = request(Family::V4, kEcho);
  EXPECT_EQ(v4[0], 8);
  EXPECT_EQ(v4[1], 0);
  EXPECT_EQ(Checksum().add(v4).value(), 0);
  EXPECT_EQ(Bytes(v4.begin() + 4, v4.end()), (Bytes{0x12, 0x34, 5, 6, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}));
  const auto v6 = request(Family::V6, kEcho);
  EXPECT_EQ(v6[0], 128);
  EXPECT_EQ(v6[2] + v6[3], 0) << "the kernel fills the checksum in";
}

TEST(IcmpEcho, ItsReplyIsKnown) {
  for (const Family family : {Family::V4, Family::V6}) EXPECT_TRUE(is_reply(family, reply_to(family, kEcho), kEcho));
}

TEST(IcmpEcho, AReplyToAnotherRequestIsNotOurs) {
  for (const Family family : {Family::V4, Family::V6}) {
    const Bytes reply = reply_to(family, kEcho);
    Echo other = kEcho;
    ++other.identifier;
    EXPECT_FALSE(is_reply(family, reply, other));
    other = kEcho;
    ++other.sequence;
    EXPECT_FALSE(is_reply(family, reply, other));
    other = kEcho;
    ++other.token;
    EXPECT_FALSE(is_reply(family, reply, other));
  }
}

TEST(IcmpEcho, TheRequestItselfIsNoReply) {
  const auto bytes = request(Family::V6, kEcho);
  EXPECT_FALSE(is_reply(Family::V6, bytes, kEcho));
}

TEST(IcmpEcho, APacketThatIsCutOffAnywhereIsNoReply) {
  for (const Family family : {Family::V4, Family::V6}) {
    const Bytes whole = reply_to(family, kEcho);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(is_reply(family, part, kEcho)) << size;
    }
  }
}

TEST(IcmpEcho, AReplyThatWasDamagedIsNone) {
  for (const Family family : {Family::V4, Family::V6}) {
    const Bytes whole = reply_to(family, kEcho);
    for (std::size_t i = whole.size() - kEchoSize; i < whole.size(); ++i) {
      if (family == Family::V6 && (i == 2 || i == 3)) continue;  // the kernel has checked it
      Bytes damaged = whole;
      damaged[i] ^= 0x10U;
      EXPECT_FALSE(is_reply(family, damaged, kEcho)) << i;
    }
  }
}

TEST(IcmpEcho, AHeaderOfImpossibleLengthIsNoReply) {
  Bytes packet = reply_to(Family::V4, kEcho);
  for (int length = 0; length < 16; ++length) {
    packet[0] = static_cast<std::uint8_t>(0x40 | length);
    EXPECT_EQ(is_reply(Family::V4, packet, kEcho), length == 5);
  }
}

}  // namespace
}  // namespace stead::wire::icmp
