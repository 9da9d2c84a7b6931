// VRRP adverts against packets that keepalived 2.2.7 sent, every way of being wrong, and every truncation.
#include "wire/vrrp/advert.h"

#include <gtest/gtest.h>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

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

constexpr IpAddress kSender = IpAddress::v4(10, 9, 0, 1);
const Path kMulticast{kSender, kGroupV4};
const Path kUnicast{kSender, IpAddress::v4(10, 9, 0, 2)};

const Bytes kVersion2 = from_hex("2133fe01010167de0a0900647365637265743132");
const Bytes kVersion2Stop = from_hex("21330001010165df0a0900647365637265743132");
const Bytes kVersion3 = from_hex("3134fe010032db900a090065");
const Bytes kVersion3Plain = from_hex("3134fe010032c6290a090065");
const Bytes kVersion3Unicast = from_hex("3136fe010032b1950a090066");

// In a heap block of exactly its size, so that the sanitizers see a read of one byte too many.
std::expected<Advert, Refusal> decode_exactly(const Bytes& bytes, const Path& path,
                                              std::unique_ptr<std::uint8_t[]>& block) {
  block = std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block.get());
  return decode(std::span(block.get(), bytes.size()), path);
}

Refusal refusal_of(const Bytes& bytes, const Path& path = kMulticast) {
  std::unique_ptr<std::uint8_t[]> block;
  const auto advert = decode_exactly(bytes, path, block);
  EXPECT_FALSE(advert.has_value());
  return advert ? Refusal::TooShort : advert.error();
}

Bytes encoded(const Outgoing& advert, const Path& path) {
  Bytes buffer(kMaxAdvert);
  buffer.resize(encode(advert, path, buffer));
  return buffer;
}

// With its checksum made right again, without a pseudo-header.
Bytes mended(Bytes bytes) {
  bytes[6] = bytes[7] = 0;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  bytes[6] = static_cast<std::uint8_t>(~sum >> 8U);
  bytes[7] = static_cast<std::uint8_t>(~sum);
  return bytes;
}

TEST(VrrpAdvert, Version2OfKeepalivedIsRead) {
  const auto advert = decode(kVersion2, kMulticast);
  ASSERT_TRUE(advert.has_value());
  EXPECT_EQ(advert->version, Version::V2);
  EXPECT_EQ(advert->router, 51);
  EXPECT_EQ(advert->priority, 254);
  EXPECT_EQ(advert->interval, 1s);
  ASSERT_EQ(advert->addresses.size(), 1U);
  EXPECT_EQ(advert->addresses[0], IpAddress::v4(10, 9, 0, 100));
  EXPECT_EQ(advert->auth_type, AuthType::SimpleText);
  EXPECT_EQ(advert->auth_data, (AuthData{'s', 'e', 'c', 'r', 'e', 't', '1', '2'}));
  EXPECT_TRUE(advert->trailer.empty());
  EXPECT_EQ(decode(kVersion2Stop, kMulticast).value().priority, kPriorityRelease);
}

TEST(VrrpAdvert, Version3OfKeepalivedIsReadInAllFormsOfItsChecksum) {
  for (const auto& [bytes, path] : std::vector<std::pair<Bytes, Path>>{
           {kVersion3, kMulticast}, {kVersion3Plain, kMulticast}, {kVersion3, kUnicast}}) {
    const auto advert = decode(bytes, path);
    ASSERT_TRUE(advert.has_value());
    EXPECT_EQ(advert->version, Version::V3);
    EXPECT_EQ(advert->router, 52);
    EXPECT_EQ(advert->priority, 254);
    EXPECT_EQ(advert->interval, 500ms);
    EXPECT_EQ(advert->addresses[0], IpAddress::v4(10, 9, 0, 101));
  }
  EXPECT_EQ(decode(kVersion3Unicast, kUnicast).value().router, 54);
  EXPECT_EQ(refusal_of(kVersion3Unicast, kMulticast), Refusal::BadChecksum);
}

TEST(VrrpAdvert, WhatKeepalivedSendsWeSend) {
  const std::vector<IpAddress> old{IpAddress::v4(10, 9, 0, 100)};
  const std::vector<IpAddress> one{IpAddress::v4(10, 9, 0, 101)};
  EXPECT_EQ(encoded({.version = Version::V2,
                     .router = 51,
                     .priority = 254,
                     .interval = 1s,
                     .addresses = old,
                     .auth_type = AuthType::SimpleText,
                     .auth_data = {'s', 'e', 'c', 'r', 'e', 't', '1', '2'}},
                    kMulticast),
            kVersion2);
  Outgoing three{.router = 52, .priority = 254, .interval = 500ms, .addresses = one};
  EXPECT_EQ(encoded(three, kMulticast), kVersion3);
  three.form = ChecksumForm::Plain;
  EXPECT_EQ(encoded(three, kMulticast), kVersion3Plain);
}

TEST(VrrpAdvert, Version6TravelsWithAPseudoHeaderAlways) {
  const Path path{*IpAddress::parse("fe80::1"), kGroupV6};
  const std::vector<IpAddress> addresses{*IpAddress::parse("fe80::53"), *IpAddress::parse("fd09::100")};
  for (const ChecksumForm form : {ChecksumForm::PseudoHeader, ChecksumForm::Plain}) {
    const Bytes bytes =
        encoded({.form = form, .router = 53, .priority = 254, .interval = 500ms, .addresses = addresses}, path);
    EXPECT_EQ(bytes.size(), 8U + 32U);
    const auto advert = decode(bytes, path);
    ASSERT_TRUE(advert.has_value());
    ASSERT_EQ(advert->addresses.size(), 2U);
    EXPECT_EQ(advert->addresses[1], addresses[1]);
    EXPECT_EQ(refusal_of(bytes, {*IpAddress::parse("fe80::2"), kGroupV6}), Refusal::BadChecksum);
    EXPECT_EQ(refusal_of(mended(bytes), path), Refusal::BadChecksum);
  }
}

TEST(VrrpAdvert, EveryTruncationIsRefused) {
  for (const Bytes& whole : {kVersion2, kVersion3, kVersion3Plain}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(refusal_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), Refusal::TooShort);
    }
  }
}

TEST(VrrpAdvert, EverySingleWrongBitIsSeen) {
  for (const Bytes& whole : {kVersion2, kVersion3, kVersion3Plain}) {
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      Bytes wrong = whole;
      wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << (bit % 8)));
      std::unique_ptr<std::uint8_t[]> block;
      EXPECT_FALSE(decode_exactly(wrong, kMulticast, block).has_value()) << "bit " << bit;
    }
  }
}

TEST(VrrpAdvert, EachRefusalHasItsReason) {
  const auto changed = [](Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = value;
    return mended(bytes);
  };
  EXPECT_EQ(refusal_of(changed(kVersion3, 0, 0x11)), Refusal::BadVersion);
  EXPECT_EQ(refusal_of(changed(kVersion3, 0, 0x41)), Refusal::BadVersion);
  EXPECT_EQ(refusal_of(changed(kVersion3, 0, 0x32)), Refusal::BadType);
  EXPECT_EQ(refusal_of(changed(kVersion3, 1, 0)), Refusal::BadRouter);
  EXPECT_EQ(refusal_of(changed(kVersion3, 5, 0)), Refusal::BadInterval);
  EXPECT_EQ(refusal_of(changed(kVersion2, 5, 0)), Refusal::BadInterval);
  EXPECT_EQ(refusal_of(changed(kVersion2, 4, 2)), Refusal::BadAuthType);
  EXPECT_EQ(refusal_of(changed(kVersion3, 3, 2)), Refusal::TooShort) << "more addresses than there are";
  const Path six{*IpAddress::parse("fe80::1"), kGroupV6};
  EXPECT_EQ(refusal_of(kVersion2, six), Refusal::BadVersion) << "version 2 knows no IPv6";
  for (std::size_t i = 0; i < kRefusals; ++i) {
    EXPECT_FALSE(describe(static_cast<Refusal>(i)).empty());
    EXPECT_FALSE(label(static_cast<Refusal>(i)).empty());
  }
}

// CARP has the same protocol number and begins alike: 36 bytes, of which the fourth is an authentication length of 7.
TEST(VrrpAdvert, CarpIsNotTakenForVrrp) {
  Bytes carp(36, 0x5a);
  carp[0] = 0x21;
  carp[1] = 1;
  carp[3] = 7;
  std::unique_ptr<std::uint8_t[]> block;
  EXPECT_FALSE(decode_exactly(mended(carp), kMulticast, block).has_value());
}

TEST(VrrpAdvert, TheReservedBitsAreIgnored) {
  Bytes bytes = kVersion3;
  bytes[4] = 0xf0;
  EXPECT_EQ(decode(mended(bytes), kMulticast).value().interval, 500ms);
}

TEST(VrrpAdvert, WhatFollowsIsHandedOver) {
  Bytes bytes = kVersion3;
  bytes.insert(bytes.end(), {1, 2, 3});
  const auto advert = decode(bytes, kMulticast);
  ASSERT_TRUE(advert.has_value());
  EXPECT_EQ(Bytes(advert->trailer.begin(), advert->trailer.end()), (Bytes{1, 2, 3}));
}

TEST(VrrpAdvert, IntervalsThatDoNotFitBecomeTheNearest) {
  const auto interval = [](Version version, Duration wanted) {
    return decode(encoded({.version = version, .router = 1, .priority = 1, .interval = wanted, .addresses = {}},
                          kMulticast),
                  kMulticast)
        .value()
        .interval;
  };
  EXPECT_EQ(interval(Version::V3, 1ms), kShortestInterval);
  EXPECT_EQ(interval(Version::V3, 10ms), 10ms);
  EXPECT_EQ(interval(Version::V3, 100s), kLongestInterval);
  EXPECT_EQ(interval(Version::V2, 100ms), 1s);
  EXPECT_EQ(interval(Version::V2, 1000s), kLongestIntervalV2);
}

TEST(VrrpAdvert, AsManyAddressesAsFitGoThrough) {
  const std::vector<IpAddress> addresses(kMaxAddresses, *IpAddress::parse("fd00::1"));
  const Path path{*IpAddress::parse("fe80::1"), kGroupV6};
  const Bytes bytes = encoded({.router = 1, .priority = 1, .interval = 1s, .addresses = addresses}, path);
  EXPECT_EQ(decode(bytes, path).value().addresses.size(), kMaxAddresses);
}

}  // namespace
}  // namespace stead::wire::vrrp
