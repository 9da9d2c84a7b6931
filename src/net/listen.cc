#include "net/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "net/unix_address.h"

namespace stead::net {
namespace {

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<TcpAddress> tcp_address(const std::string& address, std::uint16_t port) {
  TcpAddress result;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.size = sizeof v4;
    return result;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&result.storage, &v6, sizeof v6);
  result.size = sizeof v6;
  return result;
}

std::unexpected<Error> explain_bind(int code, const std::string& address, std::uint16_t port) {
  const std::string port_text = std::to_string(port);
  const std::string what = "port " + port_text + " of " + address;
  switch (code) {
    case EADDRINUSE:
      return std::unexpected(
          Error{what + " is taken by another program (or another Stead with another run dir); `ss -ltnp " +
                    "'sport = :" + port_text + "'` names it",
                code});
    case EACCES:
      return std::unexpected(
          Error{what + " is reserved: ports below 1024 need root or CAP_NET_BIND_SERVICE; start Stead " +
                    "as the system service, or choose a higher port",
                code});
    case EADDRNOTAVAIL:
      return std::unexpected(Error{address +
                                       " is not an address of this machine (see `ip address`): is this the right " +
                                       "node, and is its network up?",
                                   code});
    default:
      return failure_errno("listen on " + what, code);
  }
}

// Transparent rather than free: connections inherit it, and can then send their answers to the end when the address has
// moved away in the meantime. That needs CAP_NET_ADMIN, which whoever moves addresses has; without, binding at least.
Result<> allow_absence(int fd, int family) {
  const bool v6 = family == AF_INET6;
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const int on = 1;
  if (setsockopt(fd, level, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, sizeof on) == 0) return {};
  if (setsockopt(fd, level, v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof on) == 0) return {};
  return failure_errno("set IP_FREEBIND");
}

Result<UniqueFd> bind_and_listen(const TcpAddress& where, const std::string& address, std::uint16_t port,
                                 Presence presence) {
  UniqueFd fd(socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failure_errno("make a socket");
  const int on = 1;
  const int off = 0;
  // Without it, connections of an earlier run that linger in TIME_WAIT would keep us out. It lets no two listen at
  // once.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failure_errno("set SO_REUSEADDR");
  // For an address other than "::" this changes nothing.
  if (where.storage.ss_family == AF_INET6 && setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
    return failure_errno("clear IPV6_V6ONLY");
  }
  if (presence == Presence::Sometimes) {
    if (const Result<> allowed = allow_absence(fd.get(), where.storage.ss_family); !allowed) {
      return std::unexpected(allowed.error());
    }
  }
  if (bind(fd.get(), where.get(), where.size) != 0) return explain_bind(errno, address, port);
  if (listen(fd.get(), kBacklog) != 0) return explain_bind(errno, address, port);
  return fd;
}

bool no_version_6(int code) { return code == EAFNOSUPPORT || code == EADDRNOTAVAIL; }

sockaddr_storage local_name(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) name.ss_family = AF_UNSPEC;
  return name;
}

}  // namespace

Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port, Presence presence) {
  const std::optional<TcpAddress> where = tcp_address(address, port);
  if (!where) return failure("`" + address + "` is not an IP address");
  Result<UniqueFd> fd = bind_and_listen(*where, address, port, presence);
  if (!fd && address == "::" && no_version_6(fd.error().code)) {
    return bind_and_listen(*tcp_address("0.0.0.0", port), "0.0.0.0", port, presence);
  }
  return fd;
}

Result<UniqueFd> listen_unix(const std::string& path, UnixKind kind, mode_t mode) {
  const Result<UnixAddress> address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  const int type = kind == UnixKind::Stream ? SOCK_STREAM : SOCK_SEQPACKET;
  UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failure_errno("make a socket");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return failure_errno("remove the old " + path);
  // fchmod() of the socket limits what bind() creates, so there is no moment in which the path is open to everyone.
  if (fchmod(fd.get(), mode) != 0) return failure_errno("set the mode of " + path);
  if (bind(fd.get(), address->get(), address->size()) != 0) return failure_errno("create " + path);
  if (chmod(path.c_str(), mode) != 0) return failure_errno("set the mode of " + path);
  if (listen(fd.get(), kBacklog) != 0) return failure_errno("listen on " + path);
  return fd;
}

std::uint16_t local_port(int fd) {
  const sockaddr_storage name = local_name(fd);
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(name).sin6_port);
  return 0;
}

std::string local_address(int fd) {
  const sockaddr_storage name = local_name(fd);
  char text[INET6_ADDRSTRLEN] = {};
  if (name.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(name).sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(local_port(fd));
  }
  if (name.ss_family != AF_INET6) return {};
  inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(name).sin6_addr, text, sizeof text);
  return "[" + std::string(text) + "]:" + std::to_string(local_port(fd));
}

}  // namespace stead::net
