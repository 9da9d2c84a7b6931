#include "net/listen.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "net/unix_address.h"

namespace stead::net {
namespace {

bool connects(int family, std::uint16_t port) {
  const UniqueFd client(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (family == AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST(ListenTcp, TakesConnectionsAtOnce) {
  const UniqueFd fd = listen_tcp("127.0.0.1", 0).value();
  const std::uint16_t port = local_port(fd.get());
  ASSERT_NE(port, 0);
  EXPECT_EQ(local_address(fd.get()), "127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(connects(AF_INET, port));
}

TEST(ListenTcp, AnyAddressTakesVersion4AsWell) {
  const UniqueFd fd = listen_tcp("::", 0).value();
  EXPECT_TRUE(connects(AF_INET, local_port(fd.get())));
}

TEST(ListenTcp, ATakenPortIsExplained) {
  const UniqueFd fd = listen_tcp("127.0.0.1", 0).value();
  const std::uint16_t port = local_port(fd.get());
  const Result<UniqueFd> second = listen_tcp("127.0.0.1", port);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_NE(second.error().message.find("port " + std::to_string(port) + " of 127.0.0.1 is taken"), std::string::npos);
}

TEST(ListenTcp, APortIsFreeAgainAtOnceWhenItsConnectionsLinger) {
  UniqueFd fd = listen_tcp("127.0.0.1", 0).value();
  const std::uint16_t port = local_port(fd.get());
  ASSERT_TRUE(connects(AF_INET, port));
  fd.reset();
  EXPECT_TRUE(listen_tcp("127.0.0.1", port).has_value());
}

TEST(ListenTcp, AnAddressOfAnotherMachineIsExplained) {
  const Result<UniqueFd> fd = listen_tcp("192.0.2.1", 0);  // RFC 5737: for documentation only
  ASSERT_FALSE(fd.has_value());
  EXPECT_NE(fd.error().message.find("192.0.2.1 is not an address of this machine"), std::string::npos);
}

TEST(ListenTcp, WhatIsNoAddressIsRefused) { EXPECT_FALSE(listen_tcp("localhost", 0).has_value()); }

// Capabilities are given up in a process of its own: they would not come back.
TEST(ListenTcp, ALowPortWithoutTheRightSaysWhatToDo) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(3);
    const Result<UniqueFd> fd = listen_tcp("127.0.0.1", 1);
    if (fd) _exit(4);  // net.ipv4.ip_unprivileged_port_start lets everyone
    _exit(fd.error().message.find("CAP_NET_BIND_SERVICE") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 4) GTEST_SKIP() << "low ports are for everyone on this machine";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

class ListenUnix : public testing::Test {
 protected:
  ListenUnix() {
    std::string pattern = "/tmp/stead-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ListenUnix() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::string path() const { return directory_ + "/test.sock"; }

  std::string directory_;
};

TEST_F(ListenUnix, HasTheModeFromItsFirstMoment) {
  const UniqueFd fd = listen_unix(path(), UnixKind::Stream, 0660).value();
  struct stat status {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST_F(ListenUnix, ReplacesWhatAPredecessorLeft) {
  { const UniqueFd before = listen_unix(path(), UnixKind::Stream, 0600).value(); }
  const UniqueFd fd = listen_unix(path(), UnixKind::Stream, 0600).value();
  const UnixAddress address = UnixAddress::of(path()).value();
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(client.get(), address.get(), address.size()), 0);
}

TEST_F(ListenUnix, APathThatIsTooLongSaysSo) {
  const Result<UniqueFd> fd = listen_unix(directory_ + "/" + std::string(120, 'x'), UnixKind::Packets, 0600);
  ASSERT_FALSE(fd.has_value());
  EXPECT_NE(fd.error().message.find("--run-dir"), std::string::npos);
}

}  // namespace
}  // namespace stead::net
