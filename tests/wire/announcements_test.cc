// Frames that tell a network where an address is, byte by byte; and the Internet checksum.
#include <gtest/gtest.h>

#include <string>

#include "wire/arp/gratuitous.h"
#include "wire/checksum.h"
#include "wire/ndp/advertisement.h"

namespace stead::wire {
namespace {

constexpr MacAddress kMac{0x02, 0x42, 0x0a, 0x09, 0x00, 0x01};

template <typename Container>
std::string hex(const Container& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0x0fU];
  }
  return text;
}

TEST(GratuitousArp, IsARequestForOnesOwnAddressToAll) {
  EXPECT_EQ(hex(arp::gratuitous(kMac, IpAddress::v4(10, 9, 0, 100))),
            "ffffffffffff"
            "02420a090001"
            "0806"
            "0001"
            "0800"
            "06"
            "04"
            "0001"
            "02420a090001"
            "0a090064"
            "ffffffffffff"
            "0a090064");
}

TEST(NeighbourAdvertisement, IsUnsolicitedToAllNodesAndOverrides) {
  const IpAddress address = *IpAddress::parse("fd09::100");
  const auto frame = ndp::advertisement(kMac, address, false);
  const std::string target = "fd090000000000000000000000000100";
  const std::string sum = hex(std::span(frame).subspan(56, 2));
  EXPECT_EQ(hex(frame),
            "333300000001"
            "02420a090001"
            "86dd"
            "6000000000203aff" +
                target +
                "ff020000000000000000000000000001"
                "8800" +
                sum + "20000000" + target + "0201" + "02420a090001");
  const IpAddress all = *IpAddress::parse("ff02::1");
  EXPECT_EQ(Checksum().add_pseudo_header(address, all, 32, 58).add(std::span(frame).subspan(54)).value(), 0);
}

TEST(NeighbourAdvertisement, OfARouterSaysSo) {
  const auto frame = ndp::advertisement(kMac, *IpAddress::parse("fd09::100"), true);
  EXPECT_EQ(frame[58], 0xa0);
}

// The example of RFC 1071 section 3.
TEST(InternetChecksum, IsTheComplementOfTheOnesComplementSum) {
  const std::array<std::uint8_t, 8> bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(Checksum().add(bytes).value(), static_cast<std::uint16_t>(~0xddf2U));
  EXPECT_EQ(Checksum().add(std::span(bytes).first(4)).add(std::span(bytes).subspan(4)).value(),
            static_cast<std::uint16_t>(~0xddf2U));
  EXPECT_EQ(Checksum().value(), 0xffff);
  EXPECT_EQ(Checksum().add(std::array<std::uint8_t, 1>{0x12}).value(), static_cast<std::uint16_t>(~0x1200U));
}

}  // namespace
}  // namespace stead::wire
