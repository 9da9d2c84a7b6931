// Small datagrams between machines that know each other.
#include "net/datagram_socket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "net/listen.h"

namespace stead::net {
namespace {

constexpr IpAddress kOne = IpAddress::v4(127, 0, 0, 1);
constexpr IpAddress kOther = IpAddress::v4(127, 0, 0, 2);
constexpr std::array<std::uint8_t, 3> kBytes = {1, 2, 3};

class DatagramSockets : public ::testing::Test {
 protected:
  DatagramSockets() {
    const Result<DatagramSocket> any = DatagramSocket::open(kOne, 0);
    port = any ? local_port(any->fd()) : std::uint16_t{0};
  }
  static bool wait(const DatagramSocket& socket) {
    pollfd entry{.fd = socket.fd(), .events = POLLIN, .revents = 0};
    return poll(&entry, 1, 5000) == 1;
  }

  std::uint16_t port = 0;
  std::array<std::uint8_t, 64> buffer{};
};

TEST_F(DatagramSockets, WhatIsSentArrivesWithItsSender) {
  Result<DatagramSocket> one = DatagramSocket::open(kOne, port);
  Result<DatagramSocket> other = DatagramSocket::open(kOther, port);
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(other->receive(buffer));
  ASSERT_TRUE(one->send(kOther, kBytes));
  ASSERT_TRUE(wait(*other));
  const auto received = other->receive(buffer);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->source, kOne);
  EXPECT_EQ(received->port, port);
  EXPECT_TRUE(std::ranges::equal(received->bytes, kBytes));
}

TEST_F(DatagramSockets, NobodyThereKeepsNothingFromBeingSentLater) {
  Result<DatagramSocket> one = DatagramSocket::open(kOne, port);
  ASSERT_TRUE(one);
  one->send(kOther, kBytes);
  Result<DatagramSocket> other = DatagramSocket::open(kOther, port);
  ASSERT_TRUE(other);
  EXPECT_TRUE(one->send(kOther, kBytes));
  EXPECT_TRUE(wait(*other));
}

TEST_F(DatagramSockets, AnAddressThatTheMachineDoesNotHaveYetIsNoError) {
  EXPECT_TRUE(DatagramSocket::open(IpAddress::v4(192, 0, 2, 1), port));
  EXPECT_TRUE(DatagramSocket::open(*IpAddress::parse("2001:db8::1"), port));
}

TEST_F(DatagramSockets, APortThatIsTakenIsAnError) {
  const Result<DatagramSocket> first = DatagramSocket::open(kOne, port);
  const Result<DatagramSocket> second = DatagramSocket::open(kOne, port);
  ASSERT_TRUE(first);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
}

}  // namespace
}  // namespace stead::net
