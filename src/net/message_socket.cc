#include "net/message_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "net/unix_address.h"

namespace stead::net {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int) * MessageSocket::kMaxFds);

// Every descriptor in `header` belongs to us from here on, also where the packet turns out to be unusable.
void collect_fds(const msghdr& header, std::vector<SharedFd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&header), part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.push_back(share(UniqueFd(fd)));
    }
  }
}

void attach_fds(msghdr& header, char* control, const std::vector<SharedFd>& fds) {
  if (fds.empty()) return;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const int fd = fds[i]->get();
    std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof fd);
  }
}

}  // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::pair() {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return failure_errno("make a socket pair");
  return std::pair(MessageSocket(UniqueFd(ends[0])), MessageSocket(UniqueFd(ends[1])));
}

Result<MessageSocket> MessageSocket::connect(std::string_view path) {
  const Result<UnixAddress> address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd) return failure_errno("make a socket");
  if (::connect(fd.get(), address->get(), address->size()) != 0) {
    return failure_errno("connect to " + std::string(path));
  }
  return MessageSocket(std::move(fd));
}

Result<> MessageSocket::send(const Packet& packet) {
  // An empty packet would look like the end of the connection to the receiver.
  if (packet.text.empty() || packet.text.size() > kMaxText || packet.fds.size() > kMaxFds) {
    return failure("a message of " + std::to_string(packet.text.size()) + " bytes and " +
                   std::to_string(packet.fds.size()) + " descriptors cannot be sent");
  }
  iovec text{const_cast<char*>(packet.text.data()), packet.text.size()};
  alignas(cmsghdr) char control[kControlBytes] = {};
  msghdr header{};
  header.msg_iov = &text;
  header.msg_iovlen = 1;
  attach_fds(header, control, packet.fds);
  ssize_t sent = -1;
  do {
    sent = sendmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return failure_errno("send a message");
  return {};
}

Result<Received> MessageSocket::receive() {
  Received received;
  std::string& text = received.packet.text;
  text.resize(kMaxText);
  iovec buffer{text.data(), text.size()};
  alignas(cmsghdr) char control[kControlBytes] = {};
  msghdr header{};
  header.msg_iov = &buffer;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t got = -1;
  do {
    got = recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received{};
  if (got < 0 && errno != ECONNRESET) return failure_errno("receive a message");
  if (got <= 0) return Received{.kind = Received::Kind::Closed, .packet = {}};
  collect_fds(header, received.packet.fds);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return failure("a message arrived cut: it was too large, or this process may not open more files");
  }
  text.resize(static_cast<std::size_t>(got));
  received.kind = Received::Kind::Packet;
  return received;
}

}  // namespace stead::net
