// A member for tests: a listening socket on loopback, on a port of the kernel's choice, that does with each connection
// what the test says. Runs on the test's own io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stead::service::check {

class FakeMember {
 public:
  using Tcp = boost::asio::ip::tcp;

  // What to say after the request's head has arrived.
  struct Reply {
    std::string bytes;
    bool close = true;  // afterwards; otherwise keeps the connection and says nothing more
    bool byte_by_byte = false;
    bool silent = false;  // never reads or answers
  };

  FakeMember(boost::asio::io_context& loop, Reply reply)
      : reply_(std::move(reply)), acceptor_(loop, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    accept();
  }

  [[nodiscard]] Tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }
  [[nodiscard]] std::size_t accepted() const { return connections_.size(); }
  void set_reply(Reply reply) { reply_ = std::move(reply); }
  // From now on nobody listens there.
  void stop() {
    acceptor_.close();
    connections_.clear();
  }

 private:
  struct Connection {
    explicit Connection(Tcp::socket accepted) : socket(std::move(accepted)) {}
    Tcp::socket socket;
    boost::asio::streambuf request;
    std::string reply;
    std::size_t sent = 0;
  };

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket));
      connections_.push_back(connection);
      if (!reply_.silent) read(connection);
      accept();
    });
  }

  void read(const std::shared_ptr<Connection>& connection) {
    boost::asio::async_read_until(connection->socket, connection->request, "\r\n\r\n",
                                  [this, connection](const boost::system::error_code& error, std::size_t size) {
                                    if (error) return;
                                    const auto* begin = static_cast<const char*>(connection->request.data().data());
                                    requests_.emplace_back(begin, size);
                                    connection->reply = reply_.bytes;
                                    write(connection);
                                  });
  }

  void write(const std::shared_ptr<Connection>& connection) {
    const std::size_t left = connection->reply.size() - connection->sent;
    const std::size_t count = reply_.byte_by_byte ? std::min<std::size_t>(left, 1) : left;
    boost::asio::async_write(connection->socket,
                             boost::asio::buffer(connection->reply.data() + connection->sent, count),
                             [this, connection](const boost::system::error_code& error, std::size_t sent) {
                               connection->sent += sent;
                               if (!error && connection->sent < connection->reply.size()) return write(connection);
                               boost::system::error_code ignored;
                               if (reply_.close) connection->socket.shutdown(Tcp::socket::shutdown_send, ignored);
                             });
  }

  Reply reply_;
  Tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::string> requests_;
};

}  // namespace stead::service::check
