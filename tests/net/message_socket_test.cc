#include "net/message_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "net/memfd.h"

namespace stead::net {
namespace {

std::pair<MessageSocket, MessageSocket> connected() { return MessageSocket::pair().value(); }

SharedFd file_with(const std::string& text) { return share(text_memfd("test", text).value()); }

TEST(MessageSocket, CarriesTextAndFilesInTheirOrder) {
  auto [one, other] = connected();
  ASSERT_TRUE(one.send({.text = "hello", .fds = {file_with("first"), file_with("second")}}));
  const Result<Received> received = other.receive();
  ASSERT_TRUE(received.has_value());
  ASSERT_EQ(received->kind, Received::Kind::Packet);
  EXPECT_EQ(received->packet.text, "hello");
  ASSERT_EQ(received->packet.fds.size(), 2U);
  EXPECT_EQ(read_text(raw(received->packet.fds[0]), 100).value(), "first");
  EXPECT_EQ(read_text(raw(received->packet.fds[1]), 100).value(), "second");
}

TEST(MessageSocket, ReceivedFilesAreClosedOnExec) {
  auto [one, other] = connected();
  ASSERT_TRUE(one.send({.text = "x", .fds = {file_with("a")}}));
  const Result<Received> received = other.receive();
  EXPECT_NE(fcntl(raw(received->packet.fds.at(0)), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(MessageSocket, KeepsTheBordersOfMessages) {
  auto [one, other] = connected();
  ASSERT_TRUE(one.send({.text = "first", .fds = {}}));
  ASSERT_TRUE(one.send({.text = "second", .fds = {}}));
  EXPECT_EQ(other.receive()->packet.text, "first");
  EXPECT_EQ(other.receive()->packet.text, "second");
  EXPECT_EQ(other.receive()->kind, Received::Kind::Nothing);
}

TEST(MessageSocket, NeverWaitsOnABlockingSocket) {
  auto [one, other] = connected();
  ASSERT_EQ(fcntl(one.fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(one.receive()->kind, Received::Kind::Nothing);
}

TEST(MessageSocket, DeliversWhatWasSentBeforeTheOtherEndClosed) {
  auto [one, other] = connected();
  ASSERT_TRUE(one.send({.text = "last words", .fds = {}}));
  one = {};
  EXPECT_EQ(other.receive()->packet.text, "last words");
  EXPECT_EQ(other.receive()->kind, Received::Kind::Closed);
}

TEST(MessageSocket, SendingToAClosedEndIsAnErrorAndNoSignal) {
  auto [one, other] = connected();
  other = {};
  const Result<> sent = one.send({.text = "x", .fds = {}});
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code, EPIPE);
}

TEST(MessageSocket, AReceiverThatDoesNotReadIsAnErrorAndNoWait) {
  auto [one, other] = connected();
  const std::string text(MessageSocket::kMaxText, 'x');
  int error = 0;
  int count = 0;
  while (error == 0 && ++count < 10000) {
    const Result<> sent = one.send({.text = text, .fds = {}});
    if (!sent) error = sent.error().code;
  }
  EXPECT_EQ(error, EAGAIN);
  EXPECT_GT(count, 1);  // one message of the largest size always fits
}

TEST(MessageSocket, CarriesAsManyFilesAsItPromises) {
  auto [one, other] = connected();
  const SharedFd file = file_with("same");
  ASSERT_TRUE(one.send({.text = "x", .fds = std::vector<SharedFd>(MessageSocket::kMaxFds, file)}));
  EXPECT_EQ(other.receive()->packet.fds.size(), MessageSocket::kMaxFds);
}

TEST(MessageSocket, RefusesToSendWhatCouldNotArriveWhole) {
  auto [one, other] = connected();
  EXPECT_FALSE(one.send({.text = "", .fds = {}}));
  EXPECT_FALSE(one.send({.text = std::string(MessageSocket::kMaxText + 1, 'x'), .fds = {}}));
  EXPECT_FALSE(one.send({.text = "x", .fds = std::vector<SharedFd>(MessageSocket::kMaxFds + 1, file_with("a"))}));
  EXPECT_EQ(other.receive()->kind, Received::Kind::Nothing);
}

TEST(MessageSocket, AnOversizedMessageOfAnotherProgramIsAnErrorAndTheNextOneArrives) {
  auto [one, other] = connected();
  const std::string large(MessageSocket::kMaxText + 1, 'x');
  const int buffer = 1 << 20;
  ASSERT_EQ(setsockopt(one.fd(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer), 0);
  ASSERT_EQ(send(one.fd(), large.data(), large.size(), MSG_DONTWAIT), static_cast<ssize_t>(large.size()));
  EXPECT_FALSE(other.receive().has_value());
  ASSERT_TRUE(one.send({.text = "small", .fds = {}}));
  EXPECT_EQ(other.receive()->packet.text, "small");
}

}  // namespace
}  // namespace stead::net
