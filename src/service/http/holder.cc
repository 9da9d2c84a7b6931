// The holder: the process that shares the worker's file table, and so keeps its sockets open when it dies. It does one
// thing: hand out descriptors by number to whoever has the other end of its socket. See succession.h.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "net/unique_fd.h"
#include "service/http/holder_message.h"
#include "service/http/succession.h"

namespace stead::service::http {

namespace {

// From here on, in the holder: a copy of the worker's memory, of which only the stack is used. No allocation, nothing
// that could take a lock that some thread held.

void send_descriptors(int socket, const HolderRequest& request) {
  HolderReply reply;
  std::array<int, kHolderBatch> fds;
  for (std::uint32_t i = 0; i < request.count; ++i) {
    // The worker may have died between two of its stores: a number that is no socket is left out.
    if (!is_socket(request.fds[i])) continue;
    reply.fds[reply.count] = request.fds[i];
    fds[reply.count++] = request.fds[i];
  }
  union {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * kHolderBatch)];
  } control{};
  iovec piece{&reply, sizeof reply};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  if (reply.count > 0) {
    const std::size_t bytes = sizeof(int) * reply.count;
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(part), fds.data(), bytes);
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void hold(int socket) {
  prctl(PR_SET_NAME, "stead-holder");
  prctl(PR_SET_PDEATHSIG, 0);
  // What stops the worker in order stops the holder through its socket; a signal to the group must not do it first.
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE}) std::signal(signal, SIG_IGN);
  HolderRequest request;
  for (;;) {
    const ssize_t got = recv(socket, &request, sizeof request, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof request || request.count > kHolderBatch) _exit(0);  // nobody needs the sockets any more
    send_descriptors(socket, request);
  }
}

}  // namespace

Result<int> start_holder() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return failure_errno("make a socket pair");
  net::UniqueFd ours(ends[0]);
  // Signals that arrive before hold() has said what to do with them wait.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    sigprocmask(SIG_SETMASK, &before, nullptr);
    hold(ends[1]);
  }
  const int error = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    ::close(ends[1]);
    return failure_errno("start the holder", error);
  }
  // ends[1] is the holder's now. The table is shared, so it must stay open here, too, as long as the worker lives.
  return ours.release();
}

}  // namespace stead::service::http
