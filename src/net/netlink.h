// Requests to the kernel over rtnetlink, by libmnl: what net/interfaces.h and net/policy_route.h share.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <memory>

#include "base/error.h"

namespace stead::net {

struct CloseNetlink {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using NetlinkSocket = std::unique_ptr<mnl_socket, CloseNetlink>;

// `groups`: RTMGRP_…, of which news are to be received.
[[nodiscard]] Result<NetlinkSocket> open_netlink(std::uint32_t groups);

// Sends one request and reads its answers up to the end of them. The kernel answers at once.
[[nodiscard]] Result<> transact(mnl_socket* socket, nlmsghdr* request, std::uint32_t sequence, mnl_cb_t use = nullptr,
                                void* data = nullptr);

}  // namespace stead::net
