// Names that the kernel takes, and that no two groups of a machine share.
#include "keeper/vip/own_interface.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace stead::keeper::vip {
namespace {

TEST(OwnInterfaceName, SaysFamilyInterfaceAndRouterId) {
  EXPECT_EQ(own_interface_name(Family::V4, 3, 100), "stead4.3.100");
  EXPECT_EQ(own_interface_name(Family::V6, 3, 100), "stead6.3.100");
  EXPECT_EQ(own_interface_name(Family::V4, 9999, 255), "stead4.9999.255");
}

TEST(OwnInterfaceName, HasAtMost15CharactersWhateverTheIndex) {
  EXPECT_EQ(own_interface_name(Family::V4, 10'000, 255), "s4.2710.ff");
  EXPECT_EQ(own_interface_name(Family::V6, 0x7fffffff, 255), "s6.7fffffff.ff");
}

TEST(OwnInterfaceName, IsEachGroupsOwn) {
  constexpr std::array<std::uint8_t, 3> kRouterIds{1, 11, 111};
  std::set<std::string> names;
  for (const Family family : {Family::V4, Family::V6}) {
    for (const std::uint32_t parent : {1U, 11U, 111U, 11'111U, 111'111U}) {
      for (const std::uint8_t router_id : kRouterIds) names.insert(own_interface_name(family, parent, router_id));
    }
  }
  EXPECT_EQ(names.size(), 2U * 5 * 3);
  for (const std::string& name : names) EXPECT_LE(name.size(), 15U) << name;
}

}  // namespace
}  // namespace stead::keeper::vip
