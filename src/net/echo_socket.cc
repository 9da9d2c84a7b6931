#include "net/echo_socket.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace stead::net {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// Everything but echo replies stays in the kernel. A filter that is not taken costs time, nothing else.
void filter(int fd, Family family) {
  if (family == Family::V4) {
    icmp_filter only{};
    only.data = ~(1U << static_cast<unsigned>(ICMP_ECHOREPLY));
    setsockopt(fd, SOL_RAW, ICMP_FILTER, &only, sizeof(only));
    return;
  }
  icmp6_filter only{};
  ICMP6_FILTER_SETBLOCKALL(&only);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
  setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof(only));
}

}  // namespace

Result<EchoSocket> EchoSocket::open(Family family) {
  const bool v4 = family == Family::V4;
  UniqueFd fd(socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)));
  if (!fd) return failure_errno("open a socket for pings");
  filter(fd.get(), family);
  return EchoSocket(std::move(fd));
}

Result<> EchoSocket::send(const IpAddress& destination, std::span<const std::uint8_t> message) {
  Address address{};
  const bool v4 = destination.family() == Family::V4;
  if (v4) {
    address.v4.sin_family = AF_INET;
    std::memcpy(&address.v4.sin_addr, destination.bytes().data(), 4);
  } else {
    address.v6.sin6_family = AF_INET6;
    std::memcpy(&address.v6.sin6_addr, destination.bytes().data(), 16);
  }
  const socklen_t size = v4 ? sizeof(address.v4) : sizeof(address.v6);
  const ssize_t sent = sendto(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL, &address.any, size);
  if (sent < 0) return failure_errno("ping " + destination.to_text());
  return {};
}

std::optional<EchoSocket::Received> EchoSocket::receive(std::span<std::uint8_t> buffer) {
  Address address{};
  socklen_t size = sizeof(address);
  const ssize_t got = recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, &address.any, &size);
  // An error that an earlier packet has met with is taken off the socket by this, and what lies behind it wakes again.
  if (got < 0) return std::nullopt;
  Received received{.source = {}, .bytes = buffer.first(static_cast<std::size_t>(got))};
  if (address.any.sa_family == AF_INET) {
    received.source = {Family::V4, std::span(reinterpret_cast<const std::uint8_t*>(&address.v4.sin_addr), 4)};
  } else {
    received.source = {Family::V6, std::span(address.v6.sin6_addr.s6_addr, 16)};
  }
  return received;
}

}  // namespace stead::net
