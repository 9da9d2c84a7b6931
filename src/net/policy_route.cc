#include "net/policy_route.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace stead::net {
namespace {

constexpr std::uint32_t kLoopback = 1;  // the index of `lo`, in every network namespace

std::uint8_t number_of(Family family) { return family == Family::V4 ? AF_INET : AF_INET6; }

nlmsghdr* begin(std::array<char, 512>& buffer, std::uint16_t type) {
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  const bool creates = type == RTM_NEWRULE || type == RTM_NEWROUTE;
  request->nlmsg_flags =
      static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | (creates ? NLM_F_CREATE | NLM_F_EXCL : 0));
  return request;
}

Result<> forgive(Result<> outcome, std::initializer_list<int> codes) {
  for (const int code : codes) {
    if (!outcome && outcome.error().code == code) return {};
  }
  return outcome;
}

}  // namespace

Result<PolicyRoute> PolicyRoute::open() {
  Result<NetlinkSocket> socket = open_netlink(0);
  if (!socket) return std::unexpected(std::move(socket.error()));
  return PolicyRoute(std::move(*socket));
}

// The route first: without it, the rule would lead on to the other tables.
Result<> PolicyRoute::put(Family family, const LocalDelivery& delivery) {
  const Result<> routed = forgive(change_route(RTM_NEWROUTE, family, delivery), {EEXIST});
  if (!routed) return std::unexpected(Error(routed.error()).within("add a route"));
  const Result<> ruled = forgive(change_rule(RTM_NEWRULE, family, delivery), {EEXIST});
  if (!ruled) return std::unexpected(Error(ruled.error()).within("add a routing rule"));
  return {};
}

Result<> PolicyRoute::remove(Family family, const LocalDelivery& delivery) {
  Result<> unruled = forgive(change_rule(RTM_DELRULE, family, delivery), {ENOENT});
  Result<> unrouted = forgive(change_route(RTM_DELROUTE, family, delivery), {ESRCH});
  return unruled ? unrouted : unruled;
}

Result<> PolicyRoute::change_rule(std::uint16_t type, Family family, const LocalDelivery& delivery) {
  std::array<char, 512> buffer{};
  nlmsghdr* request = begin(buffer, type);
  auto* header = static_cast<fib_rule_hdr*>(mnl_nlmsg_put_extra_header(request, sizeof(fib_rule_hdr)));
  header->family = number_of(family);
  header->action = FR_ACT_TO_TBL;
  mnl_attr_put_u32(request, FRA_PRIORITY, delivery.priority);
  mnl_attr_put_u32(request, FRA_FWMARK, delivery.mark);
  mnl_attr_put_u32(request, FRA_FWMASK, delivery.mark);
  mnl_attr_put_u32(request, FRA_TABLE, delivery.table);
  return transact(socket_.get(), request, ++sequence_);
}

Result<> PolicyRoute::change_route(std::uint16_t type, Family family, const LocalDelivery& delivery) {
  std::array<char, 512> buffer{};
  nlmsghdr* request = begin(buffer, type);
  auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
  header->rtm_family = number_of(family);
  header->rtm_table = RT_TABLE_UNSPEC;  // RTA_TABLE says which: it may be above 255
  header->rtm_protocol = RTPROT_STATIC;
  header->rtm_scope = family == Family::V4 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
  header->rtm_type = RTN_LOCAL;
  mnl_attr_put_u32(request, RTA_TABLE, delivery.table);
  mnl_attr_put_u32(request, RTA_OIF, kLoopback);
  return transact(socket_.get(), request, ++sequence_);
}

}  // namespace stead::net
