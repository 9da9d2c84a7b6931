#include "service/http/succession_message.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace stead::service::http {

namespace {

union OneDescriptor {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

net::UniqueFd take_descriptor(msghdr& header) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return net::UniqueFd(fd);
  }
  return {};
}

}  // namespace

bool send_connection(int socket, int connection, const ConnectionMessage& message, std::string_view bytes) {
  OneDescriptor control{};
  std::array<iovec, 2> pieces{
      {{const_cast<ConnectionMessage*>(&message), sizeof message}, {const_cast<char*>(bytes.data()), bytes.size()}}};
  msghdr header{};
  header.msg_iov = pieces.data();
  header.msg_iovlen = bytes.empty() ? 1 : 2;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &connection, sizeof connection);
  return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

ReceivedConnection receive_connection(int socket) {
  ReceivedConnection received;
  received.bytes.resize(kPageBytes);
  OneDescriptor control{};
  std::array<iovec, 2> pieces{
      {{&received.message, sizeof received.message}, {received.bytes.data(), received.bytes.size()}}};
  msghdr header{};
  header.msg_iov = pieces.data();
  header.msg_iovlen = pieces.size();
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  const ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) {
    const bool nothing = errno == EAGAIN || errno == EINTR;
    received.kind = nothing ? ReceivedConnection::Kind::Nothing : ReceivedConnection::Kind::Closed;
    return received;
  }
  if (got == 0) {
    received.kind = ReceivedConnection::Kind::Closed;
    return received;
  }
  received.fd = take_descriptor(header);
  const auto size = static_cast<std::size_t>(got);
  const bool whole = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && size >= sizeof received.message;
  if (!whole || !received.fd || received.message.layout != ConnectionMessage::kLayout) {
    received.kind = ReceivedConnection::Kind::Unknown;
    received.fd.reset();
    return received;
  }
  received.bytes.resize(size - sizeof received.message);
  received.kind = ReceivedConnection::Kind::Connection;
  return received;
}

}  // namespace stead::service::http
