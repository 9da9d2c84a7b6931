// Pings to this machine itself. Skipped where raw sockets are not permitted.
#include "net/echo_socket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cerrno>

namespace stead::net {
namespace {

// An echo request without a checksum, which the kernel fills in for IPv6 only.
constexpr std::array<std::uint8_t, 8> kRequestV4 = {8, 0, 0xf7, 0xff, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 8> kRequestV6 = {128, 0, 0, 0, 0, 0, 0, 0};

class EchoSocketTest : public testing::TestWithParam<const char*> {};

TEST_P(EchoSocketTest, HearsTheReplyAndNotItsOwnRequest) {
  const IpAddress address = IpAddress::parse(GetParam()).value();
  Result<EchoSocket> socket = EchoSocket::open(address.family());
  if (!socket && (socket.error().code == EPERM || socket.error().code == EACCES))
    GTEST_SKIP() << socket.error().message;
  ASSERT_TRUE(socket.has_value());
  std::array<std::uint8_t, 256> buffer{};
  const bool v4 = address.family() == Family::V4;
  ASSERT_TRUE(socket->send(address, v4 ? kRequestV4 : kRequestV6).has_value());
  pollfd entry{.fd = socket->fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&entry, 1, 10'000), 1);
  const auto received = socket->receive(buffer);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->source, address);
  EXPECT_EQ(received->bytes[v4 ? 20 : 0], v4 ? 0 : 129);
}

INSTANTIATE_TEST_SUITE_P(Families, EchoSocketTest, testing::Values("127.0.0.1", "::1"),
                         [](const auto& one) { return std::string(one.index == 0 ? "V4" : "V6"); });

}  // namespace
}  // namespace stead::net
