#include "net/datagram_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace stead::net {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// Marked as VRRP marks its adverts: what routers send each other (class selector 6).
constexpr int kTrafficClass = 0xc0;

socklen_t fill(Address& address, const IpAddress& ip, std::uint16_t port) {
  address = {};
  if (ip.family() == Family::V4) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    std::memcpy(&address.v4.sin_addr, ip.bytes().data(), 4);
    return sizeof(address.v4);
  }
  address.v6.sin6_family = AF_INET6;
  address.v6.sin6_port = htons(port);
  std::memcpy(&address.v6.sin6_addr, ip.bytes().data(), 16);
  return sizeof(address.v6);
}

void set_options(int fd, Family family) {
  const int on = 1;
  const bool v4 = family == Family::V4;
  setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));  // of IPv6 sockets as well
  setsockopt(fd, v4 ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6), v4 ? IP_TOS : IPV6_TCLASS,
             &kTrafficClass, sizeof(kTrafficClass));
}

}  // namespace

Result<DatagramSocket> DatagramSocket::open(const IpAddress& address, std::uint16_t port) {
  const int family = address.family() == Family::V4 ? AF_INET : AF_INET6;
  UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (!fd) return failure_errno("open a socket for datagrams");
  set_options(fd.get(), address.family());
  Address bound{};
  const socklen_t size = fill(bound, address, port);
  if (bind(fd.get(), &bound.any, size) != 0) {
    return failure_errno("receive datagrams at " + address.to_text() + ", port " + std::to_string(port));
  }
  return DatagramSocket(std::move(fd), port);
}

// An error that an earlier datagram has met with ("connection refused") is reported once, by whatever is asked of the
// socket next, which has not been done then.
bool DatagramSocket::send(const IpAddress& destination, std::span<const std::uint8_t> bytes) {
  Address address{};
  const socklen_t size = fill(address, destination, port_);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (sendto(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, &address.any, size) >= 0) return true;
    if (errno != ECONNREFUSED) return false;
  }
  return false;
}

std::optional<DatagramSocket::Received> DatagramSocket::receive(std::span<std::uint8_t> buffer) {
  Address address{};
  for (int attempt = 0; attempt < 4; ++attempt) {
    socklen_t size = sizeof(address);
    const ssize_t got = recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, &address.any, &size);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    if (got < 0) continue;
    Received received{.source = {}, .port = 0, .bytes = buffer.first(static_cast<std::size_t>(got))};
    if (address.any.sa_family == AF_INET) {
      received.source = {Family::V4, std::span(reinterpret_cast<const std::uint8_t*>(&address.v4.sin_addr), 4)};
      received.port = ntohs(address.v4.sin_port);
    } else {
      received.source = {Family::V6, std::span(address.v6.sin6_addr.s6_addr, 16)};
      received.port = ntohs(address.v6.sin6_port);
    }
    return received;
  }
  return std::nullopt;
}

}  // namespace stead::net
