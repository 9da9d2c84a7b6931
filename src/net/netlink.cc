#include "net/netlink.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace stead::net {

Result<NetlinkSocket> open_netlink(std::uint32_t groups) {
  NetlinkSocket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (!socket) return failure_errno("open a netlink socket");
  if (mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) < 0) return failure_errno("bind a netlink socket");
  return socket;
}

Result<> transact(mnl_socket* socket, nlmsghdr* request, std::uint32_t sequence, mnl_cb_t use, void* data) {
  request->nlmsg_seq = sequence;
  if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) return failure_errno("ask the kernel");
  std::array<char, 32768> answer;  // what the kernel fills at most in one go
  while (true) {
    const ssize_t size = mnl_socket_recvfrom(socket, answer.data(), answer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure_errno("read the kernel's answer");
    const int outcome =
        mnl_cb_run(answer.data(), static_cast<std::size_t>(size), sequence, mnl_socket_get_portid(socket), use, data);
    if (outcome == MNL_CB_STOP) return {};
    // EPROTO: the end of an answer that was given up.
    if (outcome < 0 && errno != EPROTO) return failure_errno("the kernel refuses");
  }
}

}  // namespace stead::net
