// The server and the client against each other, over a real Unix socket; and against input that no client of ours
// sends.
#include "admin/server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "admin/client.h"
#include "net/listen.h"
#include "net/unix_address.h"

namespace stead::admin {
namespace {

class ServerTest : public testing::Test {
 protected:
  template <typename Work>
  auto on_loop(Work work) -> decltype(work()) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }

  ServerTest() {
    std::string pattern = "/tmp/stead-admin-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ / "admin.sock";
    server_.emplace(loop_, [this](const Request& request) {
      ++answered_;
      return Response{.status = 200,
                      .content_type = "text/plain",
                      .body = std::string(request.method) + " " + std::string(request.target) + " " +
                              std::to_string(request.body.size()),
                      .allow = {}};
    });
    EXPECT_TRUE(server_->serve(net::listen_unix(path_, net::UnixKind::Stream, 0600).value()));
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~ServerTest() override {
    on_loop([this] { server_.reset(); });
    guard_.reset();
    thread_.join();  // only if no operation is left behind
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] Client client() const { return Client(path_); }

  // A raw connection.
  [[nodiscard]] net::UniqueFd connect() const {
    net::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = net::UnixAddress::of(path_.string()).value();
    EXPECT_EQ(::connect(fd.get(), address.get(), address.size()), 0);
    return fd;
  }

  static void send(const net::UniqueFd& fd, std::string_view bytes) {
    // The server may close in the middle of what is too long.
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Up to the end of the connection.
  static std::string receive(const net::UniqueFd& fd) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  std::filesystem::path directory_;
  std::filesystem::path path_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{loop_.get_executor()};
  int answered_ = 0;  // on the loop
  std::optional<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, AnswersTheClient) {
  const auto got = client().request("GET", "/v1/status");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /v1/status 0");
  EXPECT_EQ(client().request("POST", "/v1/members/drain", std::string(60'000, 'x'))->body,
            "POST /v1/members/drain 60000");
}

TEST_F(ServerTest, KeepsAConnectionForSeveralRequests) {
  const net::UniqueFd fd = connect();
  send(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = receive(fd);
  EXPECT_NE(all.find("GET /a 0"), std::string::npos);
  EXPECT_NE(all.find("GET /b 0"), std::string::npos);
}

TEST_F(ServerTest, AnswersAHeadRequestWithoutABody) {
  const net::UniqueFd fd = connect();
  send(fd, "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = receive(fd);
  EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
  EXPECT_NE(all.find("Content-Length: 9"), std::string::npos) << all;
}

TEST_F(ServerTest, RefusesWhatIsTooLongOrNotHttp) {
  const auto status_of = [this](std::string_view bytes) {
    const net::UniqueFd fd = connect();
    send(fd, bytes);
    ::shutdown(fd.get(), SHUT_WR);
    return receive(fd).substr(0, 12);
  };
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: " + std::string(Server::kMaxHeadBytes, 'x') + "\r\n\r\n"), "HTTP/1.1 431");
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"), "HTTP/1.1 413");
  EXPECT_EQ(status_of("\x16\x03\x01\x02garbage\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(status_of("GET / HTTP/9.9\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(status_of("GET"), "");
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"), "");
  EXPECT_EQ(on_loop([this] { return answered_; }), 0);
  EXPECT_TRUE(client().request("GET", "/still-there"));
}

TEST_F(ServerTest, RefusesChunksThatAreTooLong) {
  const net::UniqueFd fd = connect();
  send(fd,
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(on_loop([this] { return answered_; }), 0);
  EXPECT_TRUE(client().request("GET", "/still-there"));
}

TEST_F(ServerTest, ManyConnectionsWaitInsteadOfCostingDescriptors) {
  std::vector<net::UniqueFd> idle;
  for (std::size_t i = 0; i < Server::kMaxConnections; ++i) {
    idle.push_back(connect());
    send(idle.back(), "GET /warm HTTP/1.1\r\nHost: x\r\n\r\n");
    pollfd entry{.fd = idle.back().get(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&entry, 1, 20'000), 1) << i;
  }
  const net::UniqueFd waiting = connect();
  send(waiting, "GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(on_loop([this] { return server_->connections(); }), Server::kMaxConnections);
  idle.pop_back();  // one goes, and the next has its turn
  EXPECT_NE(receive(waiting).find("GET /late 0"), std::string::npos);
}

TEST_F(ServerTest, GoesAwayWithConnectionsOpen) {
  const net::UniqueFd fd = connect();
  send(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /half");
  pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&entry, 1, 20'000), 1);
  on_loop([this] { server_.reset(); });
  receive(fd);  // ends
}

TEST_F(ServerTest, ServesOverTcpUntilItIsToldToStopAccepting) {
  Result<net::UniqueFd> listening = net::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(listening);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(net::local_port(listening->get()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_TRUE(on_loop([&] { return server_->serve(std::move(*listening)); }));
  net::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  send(fd, "GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /half");
  pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&entry, 1, 20'000), 1);
  on_loop([this] { server_->stop_accepting(); });
  send(fd, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answers = receive(fd);
  EXPECT_NE(answers.find("GET /first 0"), std::string::npos);
  EXPECT_NE(answers.find("GET /half 0"), std::string::npos) << "it was under way";
  const net::UniqueFd late(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(::connect(late.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

TEST(ClientTest, SaysWhatToDoWhereNothingRuns) {
  const auto missing = Client("/nonexistent/admin.sock").request("GET", "/");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("there is no /nonexistent/admin.sock"), std::string::npos);
  EXPECT_NE(missing.error().message.find("stead run FILE"), std::string::npos);
  EXPECT_NE(missing.error().message.find("--run-dir"), std::string::npos);
  EXPECT_FALSE(Client(std::string(200, 'x')).request("GET", "/"));
}

class ClientWithoutServerTest : public testing::Test {
 protected:
  ClientWithoutServerTest() {
    std::string pattern = "/tmp/stead-client-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ / "admin.sock";
    listener_ = net::listen_unix(path_, net::UnixKind::Stream, 0600).value();
  }
  ~ClientWithoutServerTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::filesystem::path path_;
  net::UniqueFd listener_;
};

TEST_F(ClientWithoutServerTest, GivesUpOnASteadThatDoesNotAnswer) {
  const auto got = Client(path_, std::chrono::milliseconds(30)).request("GET", "/");
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("does not answer"), std::string::npos) << got.error().message;
}

TEST_F(ClientWithoutServerTest, KnowsASocketThatWasLeftBehind) {
  listener_.reset();
  const auto got = Client(path_).request("GET", "/");
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("is gone"), std::string::npos) << got.error().message;
}

TEST_F(ClientWithoutServerTest, ACutOrForeignAnswerIsAnError) {
  for (const std::string_view bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "hello\r\n\r\n"}) {
    std::thread server([&] {
      pollfd entry{.fd = listener_.get(), .events = POLLIN, .revents = 0};
      ASSERT_EQ(poll(&entry, 1, 20'000), 1);
      const net::UniqueFd fd(accept(listener_.get(), nullptr, nullptr));
      std::array<char, 1024> request{};
      ASSERT_GT(recv(fd.get(), request.data(), request.size(), 0), 0);
      ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    });
    EXPECT_FALSE(Client(path_).request("GET", "/")) << bytes;
    server.join();
  }
}

}  // namespace
}  // namespace stead::admin
