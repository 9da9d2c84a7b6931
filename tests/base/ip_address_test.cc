#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace stead {
namespace {

TEST(IpAddresses, AreReadAndWrittenInTheirCanonicalForm) {
  EXPECT_EQ(IpAddress::parse("10.0.0.1")->to_text(), "10.0.0.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0:0::1")->to_text(), "2001:db8::1");
  EXPECT_EQ(IpAddress().to_text(), "0.0.0.0");
}

TEST(IpAddresses, WhatIsNoneIsNotRead) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view text :
       {""sv, "10.0.0"sv, "10.0.0.256"sv, "10.0.0.1/24"sv, "[::1]"sv, "fe80::1%eth0"sv, " ::1"sv, "10.0.0.1\0"sv}) {
    EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string(1000, '1')).has_value());
}

TEST(IpAddresses, CompareAsNumbers) {
  EXPECT_LT(*IpAddress::parse("10.0.0.9"), *IpAddress::parse("10.0.0.10"));
  EXPECT_LT(*IpAddress::parse("9.255.255.255"), *IpAddress::parse("10.0.0.0"));
  EXPECT_LT(*IpAddress::parse("255.0.0.1"), *IpAddress::parse("::1"));
  EXPECT_EQ(IpAddress::v4(10, 0, 0, 1), *IpAddress::parse("10.0.0.1"));
}

TEST(IpAddresses, KnowWhatTheyAreFor) {
  EXPECT_TRUE(IpAddress::parse("fe80::1")->is_link_local());
  EXPECT_TRUE(IpAddress::parse("febf::1")->is_link_local());
  EXPECT_FALSE(IpAddress::parse("fec0::1")->is_link_local());
  EXPECT_TRUE(IpAddress::parse("169.254.1.1")->is_link_local());
  EXPECT_TRUE(IpAddress::parse("224.0.0.18")->is_multicast());
  EXPECT_TRUE(IpAddress::parse("ff02::12")->is_multicast());
  EXPECT_FALSE(IpAddress::parse("10.0.0.1")->is_multicast());
}

}  // namespace
}  // namespace stead
