#include "net/interfaces.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "net/netlink.h"

namespace stead::net {
namespace {

using Buffer = std::array<char, 32768>;  // what the kernel fills at most in one go

mnl_socket* as_mnl(void* socket) { return static_cast<mnl_socket*>(socket); }

int family_of(const IpAddress& address) { return address.family() == Family::V4 ? AF_INET : AF_INET6; }

std::uint8_t whole_length(const IpAddress& address) { return address.family() == Family::V4 ? 32 : 128; }

int take_link_attribute(const nlattr* attribute, void* data) {
  auto* found = static_cast<Interface*>(data);
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type == IFLA_IFNAME) found->name = mnl_attr_get_str(attribute);
  if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attribute) == found->mac.size()) {
    std::memcpy(found->mac.data(), mnl_attr_get_payload(attribute), found->mac.size());
  }
  return MNL_CB_OK;
}

int take_link(const nlmsghdr* message, void* data) {
  auto* found = static_cast<Interface*>(data);
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  found->index = static_cast<std::uint32_t>(link->ifi_index);
  found->up = (link->ifi_flags & IFF_UP) != 0;
  found->carrier = (link->ifi_flags & IFF_LOWER_UP) != 0;
  return mnl_attr_parse(message, sizeof(ifinfomsg), take_link_attribute, found);
}

struct AddressBeingRead {
  InterfaceAddress address;
  Family family = Family::V4;
  bool local = false;  // IFA_LOCAL was seen
};

// IFA_LOCAL is the address; on links that are not point to point IFA_ADDRESS is the same, and all that IPv6 has.
int take_address_attribute(const nlattr* attribute, void* data) {
  auto* read = static_cast<AddressBeingRead*>(data);
  const std::uint16_t type = mnl_attr_get_type(attribute);
  const std::size_t size = mnl_attr_get_payload_len(attribute);
  const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  const bool whole = size == IpAddress::size_of(read->family);
  if (whole && (type == IFA_LOCAL || (type == IFA_ADDRESS && !read->local))) {
    read->address.address = IpAddress(read->family, std::span(bytes, size));
    read->local = read->local || type == IFA_LOCAL;
  }
  if (type == IFA_CACHEINFO && size >= sizeof(ifa_cacheinfo)) {
    ifa_cacheinfo cache{};
    std::memcpy(&cache, bytes, sizeof(cache));
    read->address.lifetime_s = cache.ifa_valid;
  }
  return MNL_CB_OK;
}

int take_address(const nlmsghdr* message, void* data) {
  const auto& use = *static_cast<const Interfaces::UseAddress*>(data);
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(message));
  if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) return MNL_CB_OK;
  AddressBeingRead read{.address = {.interface = header->ifa_index,
                                    .address = {},
                                    .prefix_length = header->ifa_prefixlen,
                                    .lifetime_s = Interfaces::kForever,
                                    .tentative = (header->ifa_flags & IFA_F_TENTATIVE) != 0},
                        .family = header->ifa_family == AF_INET ? Family::V4 : Family::V6};
  const int outcome = mnl_attr_parse(message, sizeof(ifaddrmsg), take_address_attribute, &read);
  if (outcome >= MNL_CB_STOP) use(read.address);
  return outcome;
}

nlmsghdr* address_request(std::span<char> buffer, std::uint16_t type, std::uint16_t flags, std::uint32_t interface,
                          const IpAddress& address) {
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  request->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ifaddrmsg)));
  header->ifa_family = static_cast<std::uint8_t>(family_of(address));
  header->ifa_prefixlen = whole_length(address);
  header->ifa_scope = RT_SCOPE_UNIVERSE;
  header->ifa_index = interface;
  if (address.family() == Family::V6) header->ifa_flags = IFA_F_NODAD;
  mnl_attr_put(request, IFA_LOCAL, address.bytes().size(), address.bytes().data());
  mnl_attr_put(request, IFA_ADDRESS, address.bytes().size(), address.bytes().data());
  return request;
}

}  // namespace

void Interfaces::Close::operator()(void* socket) const { mnl_socket_close(as_mnl(socket)); }

Result<Interfaces> Interfaces::open() {
  Result<NetlinkSocket> requests = open_netlink(0);
  if (!requests) return std::unexpected(std::move(requests.error()));
  Result<NetlinkSocket> monitor = open_netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  if (!monitor) return std::unexpected(std::move(monitor.error()));
  const int fd = mnl_socket_get_fd(monitor->get());
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Interfaces(Socket(requests->release()), Socket(monitor->release()));
}

Result<Interface> Interfaces::find(const std::string& name) { return ask_link(0, name); }

Result<Interface> Interfaces::find(std::uint32_t index) { return ask_link(index, {}); }

Result<Interface> Interfaces::ask_link(std::uint32_t index, const std::string& name) {
  std::array<char, 512> buffer{};
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETLINK;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ifinfomsg)));
  header->ifi_family = AF_UNSPEC;
  header->ifi_index = static_cast<int>(index);
  if (index == 0) mnl_attr_put_strz(request, IFLA_IFNAME, name.substr(0, IFNAMSIZ - 1).c_str());
  Interface found;
  const Result<> asked = transact(as_mnl(requests_.get()), request, ++sequence_, take_link, &found);
  if (!asked) return std::unexpected(Error(asked.error()).within(index == 0 ? "interface " + name : "interface"));
  return found;
}

Result<> Interfaces::each_address(const UseAddress& use) {
  std::array<char, 128> buffer{};
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETADDR;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* header = static_cast<rtgenmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtgenmsg)));
  header->rtgen_family = AF_UNSPEC;
  return transact(as_mnl(requests_.get()), request, ++sequence_, take_address, const_cast<UseAddress*>(&use));
}

Result<> Interfaces::put_address(std::uint32_t interface, const IpAddress& address, std::uint32_t lifetime_s) {
  std::array<char, 512> buffer{};
  nlmsghdr* request = address_request(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, interface, address);
  ifa_cacheinfo cache{};
  cache.ifa_valid = std::max(lifetime_s, 1U);
  // Deprecated from the start where the kernel asks for a preference: our own connections should not come from an
  // address that moves away.
  cache.ifa_prefered = address.family() == Family::V6 ? 0 : cache.ifa_valid;
  mnl_attr_put(request, IFA_CACHEINFO, sizeof(cache), &cache);
  return transact(as_mnl(requests_.get()), request, ++sequence_, nullptr, nullptr);
}

Result<> Interfaces::remove_address(std::uint32_t interface, const IpAddress& address) {
  std::array<char, 512> buffer{};
  nlmsghdr* request = address_request(buffer, RTM_DELADDR, 0, interface, address);
  Result<> removed = transact(as_mnl(requests_.get()), request, ++sequence_, nullptr, nullptr);
  if (!removed && removed.error().code == EADDRNOTAVAIL) return {};
  return removed;
}

int Interfaces::monitor_fd() const { return mnl_socket_get_fd(as_mnl(monitor_.get())); }

void Interfaces::drain() {
  Buffer ignored;
  // ENOBUFS: more has happened than was kept, which is as good a reason to look.
  while (mnl_socket_recvfrom(as_mnl(monitor_.get()), ignored.data(), ignored.size()) >= 0 || errno == ENOBUFS) {
  }
}

}  // namespace stead::net
