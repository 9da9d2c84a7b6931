// A real holder: descriptors of a process that has died come back through it, and nothing else does.
#include "service/http/succession.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "net/unique_fd.h"
#include "service/http/holder_message.h"
#include "service/http/ledger.h"
#include "service/http/succession_message.h"

namespace stead::service::http {
namespace {

struct Pair {
  net::UniqueFd one;
  net::UniqueFd other;
};

Pair socket_pair(int type) {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {net::UniqueFd(ends[0]), net::UniqueFd(ends[1])};
}

void send_fd(int socket, int fd) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  ASSERT_EQ(sendmsg(socket, &header, 0), 1);
}

// A packet with at most `room` descriptors.
template <typename Message>
std::vector<net::UniqueFd> receive(int socket, Message& message, std::size_t size = sizeof(Message)) {
  iovec piece{&message, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kHolderBatch)] = {};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  std::vector<net::UniqueFd> fds;
  if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) <= 0) return fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    for (std::size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// What the child has to say before it dies.
struct Numbers {
  std::int32_t connection = -1;
  std::int32_t no_socket = -1;
  std::int32_t nothing = -1;
};

// A worker that starts a holder, has a connection, tells us its number, and dies without a word.
[[noreturn]] void live_and_die(int to_parent, int connection) {
  const Result<int> holder = start_holder();
  if (!holder) _exit(1);
  const int copy = fcntl(connection, F_DUPFD_CLOEXEC, 100);
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const Numbers numbers{copy, file, 999};
  send_fd(to_parent, *holder);
  if (write(to_parent, &numbers, sizeof numbers) != sizeof numbers) _exit(1);
  close(*holder);
  close(connection);
  raise(SIGKILL);
  _exit(1);
}

TEST(Holder, KeepsTheConnectionsOfAWorkerThatWasKilled) {
  Pair channel = socket_pair(SOCK_SEQPACKET);
  Pair connection = socket_pair(SOCK_STREAM);
  const pid_t child = fork();
  if (child == 0) live_and_die(channel.other.get(), connection.other.get());
  channel.other.reset();
  connection.other.reset();
  char byte = 0;
  std::vector<net::UniqueFd> holder = receive(channel.one.get(), byte);
  Numbers numbers;
  ASSERT_EQ(read(channel.one.get(), &numbers, sizeof numbers), static_cast<ssize_t>(sizeof numbers));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(holder.size(), 1U);

  pollfd end{connection.one.get(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 0), 0) << "the connection has ended with its worker";

  HolderRequest request;
  request.count = 3;
  request.fds = {numbers.no_socket, numbers.connection, numbers.nothing};
  ASSERT_EQ(send(holder[0].get(), &request, sizeof request, 0), static_cast<ssize_t>(sizeof request));
  HolderReply reply;
  std::vector<net::UniqueFd> got = receive(holder[0].get(), reply);
  ASSERT_EQ(reply.count, 1U) << "only the socket";
  EXPECT_EQ(reply.fds[0], numbers.connection);
  ASSERT_EQ(got.size(), 1U);
  ASSERT_EQ(write(connection.one.get(), "hello", 5), 5);
  std::array<char, 8> buffer{};
  EXPECT_EQ(read(got[0].get(), buffer.data(), buffer.size()), 5);

  // Nobody has the holder's socket any more: it ends, and with it what it held.
  got.clear();
  holder.clear();
  EXPECT_EQ(poll(&end, 1, 5000), 1);
  EXPECT_EQ(read(connection.one.get(), buffer.data(), buffer.size()), 0);
}

TEST(ConnectionMessages, ArriveWithTheirSocketAndBytes) {
  Pair channel = socket_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
  Pair connection = socket_pair(SOCK_STREAM);
  ConnectionMessage message;
  message.listener = 3;
  message.peer.length = 4;
  message.peer.port = 4711;
  ASSERT_TRUE(send_connection(channel.one.get(), connection.one.get(), message, "GET / HT"));
  const ReceivedConnection received = receive_connection(channel.other.get());
  ASSERT_EQ(received.kind, ReceivedConnection::Kind::Connection);
  EXPECT_EQ(received.message.listener, 3U);
  EXPECT_EQ(received.message.peer.port, 4711);
  EXPECT_EQ(received.bytes, "GET / HT");
  ASSERT_EQ(write(received.fd.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(connection.other.get(), &byte, 1), 1);
}

TEST(ConnectionMessages, NothingTheEndAndGarbageAreToldApart) {
  Pair channel = socket_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
  EXPECT_EQ(receive_connection(channel.other.get()).kind, ReceivedConnection::Kind::Nothing);
  ASSERT_EQ(send(channel.one.get(), "garbage", 7, 0), 7);
  EXPECT_EQ(receive_connection(channel.other.get()).kind, ReceivedConnection::Kind::Unknown);
  ConnectionMessage other_version;
  other_version.layout += 1;
  ASSERT_EQ(send(channel.one.get(), &other_version, sizeof other_version, 0),
            static_cast<ssize_t>(sizeof other_version));
  EXPECT_EQ(receive_connection(channel.other.get()).kind, ReceivedConnection::Kind::Unknown);
  channel.one.reset();
  EXPECT_EQ(receive_connection(channel.other.get()).kind, ReceivedConnection::Kind::Closed);
}

TEST(ConnectionMessages, AFullQueueIsNotWaitedFor) {
  Pair channel = socket_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
  Pair connection = socket_pair(SOCK_STREAM);
  const std::string bytes(kPageBytes, 'b');
  int sent = 0;
  while (sent < 10'000 && send_connection(channel.one.get(), connection.one.get(), {}, bytes)) ++sent;
  EXPECT_LT(sent, 10'000);
  for (int i = 0; i < sent; ++i) {
    ASSERT_EQ(receive_connection(channel.other.get()).kind, ReceivedConnection::Kind::Connection) << i;
  }
  EXPECT_TRUE(send_connection(channel.one.get(), connection.one.get(), {}, bytes));
}

}  // namespace
}  // namespace stead::service::http
