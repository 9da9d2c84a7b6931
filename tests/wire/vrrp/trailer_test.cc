// The authentication trailer of adverts: the two packets that the Internet-Draft which keepalived 2.4 implements gives
// as its examples, every byte changed, every truncation, and sequences.
#include "wire/vrrp/trailer.h"

#include <gtest/gtest.h>

#include <charconv>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/hmac_sha256.h"

namespace stead::wire::vrrp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint8_t byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

struct Example {
  Bytes packet;
  Path path;
};

const Example kV4{from_hex("3133c80100644402c0000264010100006800000080000000"
                           "1b84bc4e8e43892dc6d98448f8ee2265"),
                  {IpAddress::v4(198, 51, 100, 10), kGroupV4}};
const Example kV6{from_hex("3133c8010064a2e9fe800000000000000000000000000100"
                           "010100006800000080000000c8c56146ebfd66ee10ec4d8186461b78"),
                  {IpAddress::parse("fe80::10").value(), IpAddress::parse("fe80::20").value()}};

// 00 01 02 … 1f
const HmacSha256& secret() {
  static const HmacSha256 made = [] {
    Bytes key(32);
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return HmacSha256(key);
  }();
  return made;
}

bool holds(const Bytes& packet, const IpAddress& source) {
  const auto trailer = decode_trailer(std::span(packet).last(kTrailer));
  return trailer && secret().matches(SignedMessage(packet, source).pieces(), trailer->code);
}

class VrrpTrailer : public ::testing::TestWithParam<const Example*> {
 protected:
  const Example& example = *GetParam();
};

TEST_P(VrrpTrailer, TheExampleOfTheDraftIsReadAndItsCodeHolds) {
  const auto advert = decode(example.packet, example.path);
  ASSERT_TRUE(advert.has_value());
  EXPECT_EQ(advert->router, 51);
  const auto trailer = decode_trailer(advert->trailer);
  ASSERT_TRUE(trailer.has_value());
  EXPECT_EQ(trailer->secret, 1);
  EXPECT_EQ(trailer->sequence.value(), 0x6800000080000000U);
  EXPECT_TRUE(holds(example.packet, example.path.source));
}

TEST_P(VrrpTrailer, WhatWeSendIsTheExampleByteForByte) {
  const auto read = decode(example.packet, example.path);
  ASSERT_TRUE(read.has_value());
  const std::vector<IpAddress> addresses{read->addresses[0]};
  Bytes packet(kMaxPacket);
  const std::size_t size = encode({.version = Version::V3,
                                   .form = ChecksumForm::Plain,
                                   .router = 51,
                                   .priority = 200,
                                   .interval = 1s,
                                   .addresses = addresses},
                                  example.path, packet);
  packet.resize(size + kTrailer);
  Trailer trailer{.secret = 1, .sequence = Sequence(0x6800000080000000U), .code = {}};
  encode_trailer(trailer, std::span(packet).last(kTrailer));
  secret().sign(SignedMessage(packet, example.path.source).pieces(), std::span(packet).last(kCode));
  checksum_to_the_end(packet, example.path);
  EXPECT_EQ(packet, example.packet);
}

TEST_P(VrrpTrailer, EveryByteThatIsChangedIsNoticed) {
  for (std::size_t i = 0; i < example.packet.size(); ++i) {
    if (i == 6 || i == 7) continue;  // the checksum: that of the advert says so itself
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes packet = example.packet;
      packet[i] ^= static_cast<std::uint8_t>(1U << bit);
      EXPECT_FALSE(holds(packet, example.path.source)) << i << ", bit " << bit;
    }
  }
}

TEST_P(VrrpTrailer, AnotherSourceDoesNotHold) {
  EXPECT_FALSE(holds(example.packet, example.path.destination));
  Bytes source(example.path.source.bytes().begin(), example.path.source.bytes().end());
  source.back() ^= 1U;
  EXPECT_FALSE(holds(example.packet, IpAddress(example.path.source.family(), source)));
}

TEST_P(VrrpTrailer, EveryTruncationIsNoTrailer) {
  const std::span<const std::uint8_t> whole = std::span(example.packet).last(kTrailer);
  for (std::size_t size = 0; size < kTrailer; ++size) {
    const Bytes exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decode_trailer(exact)) << size;
  }
  Bytes longer(whole.begin(), whole.end());
  longer.push_back(0);
  EXPECT_FALSE(decode_trailer(longer));
}

TEST_P(VrrpTrailer, OtherTypesAndReservedBytesThatAreNotZeroAreNoTrailer) {
  const std::span<const std::uint8_t> whole = std::span(example.packet).last(kTrailer);
  for (const std::size_t i : {0U, 2U, 3U}) {
    Bytes other(whole.begin(), whole.end());
    other[i] ^= 2U;
    EXPECT_FALSE(decode_trailer(other)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(, VrrpTrailer, ::testing::Values(&kV4, &kV6),
                         [](const auto& one) { return one.index == 0 ? "IPv4" : "IPv6"; });

// Ours may come without a kernel's sum, so both are taken: to the end of the advert, and to the end of the packet.
TEST(VrrpTrailerChecksum, OfIPv6MayEndWithTheAdvertOrWithThePacket) {
  Bytes packet = kV6.packet;
  EXPECT_TRUE(decode(packet, kV6.path).has_value());
  const std::vector<IpAddress> addresses{IpAddress::parse("fe80::100").value()};
  Bytes buffer(kMaxAdvert);
  const std::size_t size =
      encode({.router = 51, .priority = 200, .interval = 1s, .addresses = addresses}, kV6.path, buffer);
  std::copy_n(buffer.begin(), size, packet.begin());
  EXPECT_NE(packet, kV6.packet);
  EXPECT_TRUE(decode(packet, kV6.path).has_value());
  packet[6] ^= 1U;
  EXPECT_FALSE(decode(packet, kV6.path).has_value());
}

TEST(VrrpTrailerChecksum, OfIPv4EndsWithTheAdvert) {
  Bytes packet = kV4.packet;
  checksum_to_the_end(packet, kV4.path);
  EXPECT_EQ(packet, kV4.packet);
}

TEST(VrrpSequence, IsTheTimeInPartsOfASecondAndACounter) {
  const WallTime time(std::chrono::seconds(0x68000000) + 500ms);
  EXPECT_EQ(Sequence::at(time).value(), 0x6800000080000000U);
  EXPECT_EQ(Sequence::at(time + 15us).value(), 0x6800000080000000U) << "less than a part";
  EXPECT_EQ(Sequence::at(time + 16us).value(), 0x6800000080010000U);
  EXPECT_EQ(Sequence::at(WallTime(std::chrono::seconds(1) - 1ns)).value(), 0x00000000ffff0000U);
}

TEST(VrrpSequence, KnowsWhichOfTwoIsLaterAlsoWhenTheSecondsBeginAnew) {
  const Sequence early(0x6800000080000000U);
  EXPECT_TRUE(early.next().is_after(early));
  EXPECT_FALSE(early.is_after(early));
  EXPECT_FALSE(early.is_after(early.next()));
  const Sequence last(0xffffffffffffffffU);
  EXPECT_TRUE(last.next().is_after(last));
  EXPECT_EQ(last.next().value(), 0U);
}

TEST(VrrpSequence, SaysHowFarTwoAreApart) {
  const WallTime time(std::chrono::seconds(0x68000000));
  EXPECT_EQ(Sequence::at(time + 5250ms).since(Sequence::at(time)), 5250ms);
  EXPECT_EQ(Sequence::at(time).since(Sequence::at(time + 5250ms)), -5250ms);
  EXPECT_EQ(Sequence::at(time).since(Sequence::at(time)), 0ms);
}

}  // namespace
}  // namespace stead::wire::vrrp
