// RFC 9568 section 7.3, both families.
#include "wire/vrrp/virtual_mac.h"

#include <gtest/gtest.h>

namespace stead::wire::vrrp {
namespace {

TEST(VirtualMac, OfVersion4IsInTheFirstBlockOfIana) {
  EXPECT_EQ(virtual_mac(Family::V4, 100), (MacAddress{0x00, 0x00, 0x5e, 0x00, 0x01, 0x64}));
  EXPECT_EQ(virtual_mac(Family::V4, 255), (MacAddress{0x00, 0x00, 0x5e, 0x00, 0x01, 0xff}));
}

TEST(VirtualMac, OfVersion6IsInTheSecondSoThatOneIdServesInBoth) {
  EXPECT_EQ(virtual_mac(Family::V6, 100), (MacAddress{0x00, 0x00, 0x5e, 0x00, 0x02, 0x64}));
  EXPECT_EQ(virtual_mac(Family::V6, 1), (MacAddress{0x00, 0x00, 0x5e, 0x00, 0x02, 0x01}));
}

}  // namespace
}  // namespace stead::wire::vrrp
