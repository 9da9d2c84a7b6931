// Who may speak to a virtual router.
#include "core/vrrp/gate.h"

#include <gtest/gtest.h>

#include <vector>

namespace stead::core::vrrp {
namespace {

using wire::vrrp::AuthType;
using wire::vrrp::Outgoing;
using wire::vrrp::Path;

constexpr IpAddress kOwn = IpAddress::v4(10, 0, 0, 11);
constexpr IpAddress kPeer = IpAddress::v4(10, 0, 0, 12);
constexpr IpAddress kStranger = IpAddress::v4(10, 0, 0, 99);

class Gates : public ::testing::Test {
 protected:
  Gates() {
    config.router = 100;
    config.interval = 100ms;
    config.source = kOwn;
    config.addresses = 1;
    outgoing = {.router = 100, .priority = 200, .interval = 100ms, .addresses = addresses};
    path = {kPeer, wire::vrrp::kGroupV4};
  }

  std::expected<Passed, Fault> inspect(std::uint8_t hop_limit = 255) {
    bytes.resize(wire::vrrp::kMaxAdvert);
    bytes.resize(wire::vrrp::encode(outgoing, path, bytes));
    bytes.insert(bytes.end(), trailer.begin(), trailer.end());
    gate.emplace(config);
    return gate->inspect(WallTime(1000s), {bytes, path, hop_limit}, wire::vrrp::decode(bytes, path).value());
  }
  void expect_refused(Fault fault, std::uint8_t hop_limit = 255) {
    const auto passed = inspect(hop_limit);
    ASSERT_FALSE(passed.has_value());
    EXPECT_EQ(passed.error(), fault);
  }

  const std::vector<IpAddress> addresses{IpAddress::v4(10, 0, 0, 100)};
  GateConfig config;
  Outgoing outgoing;
  Path path;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> trailer;
  std::optional<Gate> gate;
};

TEST_F(Gates, AGoodAdvertPasses) {
  const auto passed = inspect();
  ASSERT_TRUE(passed.has_value());
  EXPECT_EQ(passed->advert.source, kPeer);
  EXPECT_EQ(passed->advert.priority, 200);
  EXPECT_EQ(passed->advert.interval, 100ms);
  EXPECT_EQ(passed->remark, std::nullopt);
}

// RFC 9568 section 7.1: "Verify that the IPv4 TTL/IPv6 Hop Limit is 255."
TEST_F(Gates, WhatCameThroughARouterIsRefused) { expect_refused(Fault::BadHopLimit, 254); }

TEST_F(Gates, UnicastPeersMayBeBehindARouter) {
  config.unicast = true;
  config.peers = {kPeer};
  path.destination = kOwn;
  EXPECT_TRUE(inspect(60).has_value());
}

TEST_F(Gates, OurOwnAddressIsRefused) {
  path.source = kOwn;
  expect_refused(Fault::OwnSource);
}

TEST_F(Gates, AStrangerIsRefusedWhereThePeersAreKnown) {
  path.source = kStranger;
  EXPECT_TRUE(inspect().has_value());
  config.peers = {kPeer};
  expect_refused(Fault::UnknownSource);
  config.unicast = true;
  path.destination = kOwn;
  expect_refused(Fault::UnknownSource);
}

TEST_F(Gates, MulticastAndUnicastDoNotMix) {
  path.destination = kOwn;
  expect_refused(Fault::WrongPath);
  config.unicast = true;
  config.peers = {kPeer};
  path.destination = wire::vrrp::kGroupV4;
  expect_refused(Fault::WrongPath);
}

TEST_F(Gates, VersionsDoNotMix) {
  outgoing.version = Version::V2;
  expect_refused(Fault::OtherVersion);
}

TEST_F(Gates, Version2AgreesOnTheIntervalAndThePassword) {
  config.version = outgoing.version = Version::V2;
  config.interval = outgoing.interval = 1s;
  EXPECT_TRUE(inspect().has_value());
  outgoing.interval = 2s;
  expect_refused(Fault::OtherInterval);
  outgoing.interval = 1s;
  config.auth_type = AuthType::SimpleText;
  config.auth_data = {'s', 'h', 'o', 'p'};
  expect_refused(Fault::BadPassword);
  outgoing.auth_type = AuthType::SimpleText;
  outgoing.auth_data = {'s', 'h', 'o', 'q'};
  expect_refused(Fault::BadPassword);
  outgoing.auth_data = {'s', 'h', 'o', 'p'};
  EXPECT_TRUE(inspect().has_value());
  config.auth_type = AuthType::None;
  expect_refused(Fault::BadPassword);
}

TEST_F(Gates, ATrailerThatCannotBeCheckedIsRefused) {
  trailer.assign(28, 1);
  expect_refused(Fault::Unauthenticated);
}

// A file that changes does not change on all nodes at once, and two owners would be worse than an odd advert.
TEST_F(Gates, AnotherNumberOfAddressesPassesWithARemark) {
  config.addresses = 2;
  const auto passed = inspect();
  ASSERT_TRUE(passed.has_value());
  EXPECT_EQ(passed->remark, Fault::OtherAddresses);
}

TEST_F(Gates, EveryFaultHasItsWords) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    EXPECT_FALSE(describe(static_cast<Fault>(i)).empty());
    EXPECT_FALSE(label(static_cast<Fault>(i)).empty());
  }
}

}  // namespace
}  // namespace stead::core::vrrp
