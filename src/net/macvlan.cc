#include "net/macvlan.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace stead::net {
namespace {

constexpr const char* kKind = "macvlan";

struct Request {
  std::array<char, 512> buffer{};
  nlmsghdr* message = nullptr;
};

// `link` is what follows the header; it lives as long as the request.
ifinfomsg* begin(Request& request, std::uint16_t type, std::uint16_t flags, std::uint32_t index) {
  request.message = mnl_nlmsg_put_header(request.buffer.data());
  request.message->nlmsg_type = type;
  request.message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* link = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(request.message, sizeof(ifinfomsg)));
  link->ifi_family = AF_UNSPEC;
  link->ifi_index = static_cast<int>(index);
  return link;
}

int take_data(const nlattr* attribute, void* data) {
  auto* found = static_cast<Macvlan*>(data);
  if (mnl_attr_get_type(attribute) == IFLA_MACVLAN_MODE) {
    found->vepa = found->vepa && mnl_attr_get_u32(attribute) == MACVLAN_MODE_VEPA;
  }
  return MNL_CB_OK;
}

// The kind comes before its data.
int take_information(const nlattr* attribute, void* data) {
  auto* found = static_cast<Macvlan*>(data);
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type == IFLA_INFO_KIND) found->vepa = std::string_view(mnl_attr_get_str(attribute)) == kKind;
  return type == IFLA_INFO_DATA && found->vepa ? mnl_attr_parse_nested(attribute, take_data, found) : MNL_CB_OK;
}

int take_attribute(const nlattr* attribute, void* data) {
  auto* found = static_cast<Macvlan*>(data);
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type == IFLA_LINK) found->parent = mnl_attr_get_u32(attribute);
  if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attribute) == found->mac.size()) {
    std::memcpy(found->mac.data(), mnl_attr_get_payload(attribute), found->mac.size());
  }
  return type == IFLA_LINKINFO ? mnl_attr_parse_nested(attribute, take_information, found) : MNL_CB_OK;
}

int take_link(const nlmsghdr* message, void* data) {
  auto* found = static_cast<Macvlan*>(data);
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  found->index = static_cast<std::uint32_t>(link->ifi_index);
  found->up = (link->ifi_flags & IFF_UP) != 0;
  return mnl_attr_parse(message, sizeof(ifinfomsg), take_attribute, found);
}

}  // namespace

Result<Macvlans> Macvlans::open() {
  Result<NetlinkSocket> socket = open_netlink(0);
  if (!socket) return std::unexpected(std::move(socket.error()));
  return Macvlans(std::move(*socket));
}

Result<std::optional<Macvlan>> Macvlans::find(const std::string& name) { return ask(0, name); }

Result<std::optional<Macvlan>> Macvlans::find(std::uint32_t index) { return ask(index, {}); }

Result<std::optional<Macvlan>> Macvlans::ask(std::uint32_t index, const std::string& name) {
  Request request;
  begin(request, RTM_GETLINK, 0, index);
  if (index == 0) mnl_attr_put_strz(request.message, IFLA_IFNAME, name.c_str());
  Macvlan found;
  const Result<> asked = transact(socket_.get(), request.message, ++sequence_, take_link, &found);
  if (!asked && asked.error().code == ENODEV) return std::optional<Macvlan>();
  if (!asked) return std::unexpected(asked.error());
  return found;
}

Result<> Macvlans::create(const MacvlanOptions& options) {
  Request request;
  begin(request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
  nlmsghdr* message = request.message;
  mnl_attr_put_strz(message, IFLA_IFNAME, options.name.c_str());
  mnl_attr_put_u32(message, IFLA_LINK, options.parent);
  mnl_attr_put(message, IFLA_ADDRESS, options.mac.size(), options.mac.data());
  nlattr* information = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, kKind);
  nlattr* data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_VEPA);
  mnl_attr_nest_end(message, data);
  mnl_attr_nest_end(message, information);
  return transact(socket_.get(), message, ++sequence_);
}

Result<> Macvlans::set_up(std::uint32_t index, bool up) {
  Request request;
  ifinfomsg* link = begin(request, RTM_NEWLINK, 0, index);
  link->ifi_flags = up ? IFF_UP : 0;
  link->ifi_change = IFF_UP;
  return transact(socket_.get(), request.message, ++sequence_);
}

Result<> Macvlans::remove(std::uint32_t index) {
  Request request;
  begin(request, RTM_DELLINK, 0, index);
  Result<> removed = transact(socket_.get(), request.message, ++sequence_);
  if (!removed && removed.error().code == ENODEV) return {};
  return removed;
}

}  // namespace stead::net
