#include "net/advert_socket.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace stead::net {
namespace {

constexpr int kHopLimit = 255;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

Address to_address(const IpAddress& ip, std::uint32_t interface) {
  Address address{};
  if (ip.family() == Family::V4) {
    address.v4.sin_family = AF_INET;
    std::memcpy(&address.v4.sin_addr, ip.bytes().data(), 4);
  } else {
    address.v6.sin6_family = AF_INET6;
    std::memcpy(&address.v6.sin6_addr, ip.bytes().data(), 16);
    if (ip.is_link_local() || ip.is_multicast()) address.v6.sin6_scope_id = interface;
  }
  return address;
}

IpAddress from_v4(const in_addr& address) {
  return {Family::V4, std::span(reinterpret_cast<const std::uint8_t*>(&address), 4)};
}

IpAddress from_v6(const in6_addr& address) { return {Family::V6, std::span(address.s6_addr, 16)}; }

template <typename T>
bool set(int fd, int level, int option, const T& value) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

bool prepare_v4(int fd, const AdvertSocketOptions& options) {
  ip_mreqn membership{};
  std::memcpy(&membership.imr_multiaddr, options.group.bytes().data(), 4);
  membership.imr_ifindex = static_cast<int>(options.interface);
  const int traffic_class = options.traffic_class;
  return set(fd, IPPROTO_IP, IP_TTL, kHopLimit) && set(fd, IPPROTO_IP, IP_MULTICAST_TTL, kHopLimit) &&
         set(fd, IPPROTO_IP, IP_TOS, traffic_class) && set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) &&
         set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) && set(fd, IPPROTO_IP, IP_MULTICAST_IF, membership) &&
         set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
}

bool prepare_v6(int fd, const AdvertSocketOptions& options) {
  ipv6_mreq membership{};
  std::memcpy(&membership.ipv6mr_multiaddr, options.group.bytes().data(), 16);
  membership.ipv6mr_interface = options.interface;
  const int interface = static_cast<int>(options.interface);
  const int traffic_class = options.traffic_class;
  return set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, kHopLimit) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHopLimit) &&
         set(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) &&
         set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface) &&
         set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) &&
         set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership);
}

// An IPv4 raw socket gets the header as well.
std::optional<ReceivedAdvert> parse_v4(std::span<const std::uint8_t> packet) {
  if (packet.size() < sizeof(iphdr)) return std::nullopt;
  iphdr header{};
  std::memcpy(&header, packet.data(), sizeof(header));
  const std::size_t length = header.ihl * std::size_t{4};
  if (length < sizeof(iphdr) || packet.size() < length) return std::nullopt;
  return ReceivedAdvert{.bytes = packet.subspan(length),
                        .source = from_v4(in_addr{header.saddr}),
                        .destination = from_v4(in_addr{header.daddr}),
                        .hop_limit = header.ttl};
}

ReceivedAdvert parse_v6(std::span<const std::uint8_t> packet, const sockaddr_in6& source, msghdr& message) {
  ReceivedAdvert advert{.bytes = packet, .source = from_v6(source.sin6_addr), .destination = {}, .hop_limit = 0};
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != IPPROTO_IPV6) continue;
    if (control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof(info));
      advert.destination = from_v6(info.ipi6_addr);
    } else if (control->cmsg_type == IPV6_HOPLIMIT) {
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(control), sizeof(hops));
      advert.hop_limit = static_cast<std::uint8_t>(std::clamp(hops, 0, 255));
    }
  }
  return advert;
}

// Which source a packet is to have, as the control message of its family.
template <typename Info>
void put_source(msghdr& message, int level, int type, const Info& info) {
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof(info));
  std::memcpy(CMSG_DATA(control), &info, sizeof(info));
  message.msg_controllen = CMSG_SPACE(sizeof(info));
}

}  // namespace

Result<AdvertSocket> AdvertSocket::open(const AdvertSocketOptions& options) {
  const bool v4 = options.family == Family::V4;
  UniqueFd fd(socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, options.protocol));
  if (!fd) return failure_errno("open a raw socket");
  const std::string& name = options.interface_name;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size())) != 0) {
    return failure_errno("bind a raw socket to " + name);
  }
  if (!(v4 ? prepare_v4(fd.get(), options) : prepare_v6(fd.get(), options))) {
    return failure_errno("join " + options.group.to_text() + " on " + name);
  }
  return AdvertSocket(std::move(fd), options.family, options.interface);
}

std::optional<ReceivedAdvert> AdvertSocket::receive(std::span<std::uint8_t> buffer) {
  while (true) {
    Address source{};
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec piece{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &source;
    message.msg_namelen = sizeof(source);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd_.get(), &message, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;  // nothing there, or the interface is down: then nothing comes either
    const std::span<const std::uint8_t> packet = buffer.first(static_cast<std::size_t>(size));
    if (family_ == Family::V6) return parse_v6(packet, source.v6, message);
    if (const std::optional<ReceivedAdvert> advert = parse_v4(packet)) return advert;
  }
}

Result<> AdvertSocket::send(const IpAddress& source, const IpAddress& destination,
                            std::span<const std::uint8_t> bytes) {
  Address to = to_address(destination, interface_);
  alignas(cmsghdr) std::array<char, 64> control{};
  iovec piece{.iov_base = const_cast<std::uint8_t*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = family_ == Family::V4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (family_ == Family::V4) {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(interface_);
    std::memcpy(&info.ipi_spec_dst, source.bytes().data(), 4);
    put_source(message, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_ifindex = interface_;
    std::memcpy(&info.ipi6_addr, source.bytes().data(), 16);
    put_source(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  if (sendmsg(fd_.get(), &message, 0) < 0) return failure_errno("send an advert");
  return {};
}

Result<FrameSocket> FrameSocket::open() {
  // Protocol 0: it receives nothing.
  UniqueFd fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failure_errno("open a packet socket");
  return FrameSocket(std::move(fd));
}

Result<> FrameSocket::send(std::uint32_t interface, std::span<const std::uint8_t> frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(interface);
  to.sll_halen = ETH_ALEN;
  std::memcpy(to.sll_addr, frame.data(), ETH_ALEN);
  if (sendto(fd_.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) < 0) {
    return failure_errno("send an announcement");
  }
  return {};
}

}  // namespace stead::net
