#include "admin/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "net/listen.h"

namespace stead::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using Protocol = asio::generic::stream_protocol;  // Unix and TCP alike, compiled once
using Stream = beast::basic_stream<Protocol>;
using HttpResponse = http::response<http::string_body>;

class Session;

}  // namespace

struct Server::Shared {
  Shared(asio::io_context& on_loop, Handler with_handler) : loop(on_loop), handler(std::move(with_handler)) {}

  asio::io_context& loop;
  Handler handler;  // empty once the server is gone
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::vector<Session*> sessions;

  void remove(Session* session);
};

namespace {

// One connection: reads a request, answers it, reads the next. Lives as long as an operation of its own is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::function<const Server::Handler&()> handler, std::function<void(Session*)> ended, Protocol::socket socket)
      : handler_(std::move(handler)), ended_(std::move(ended)), stream_(std::move(socket)) {}
  ~Session() { ended_(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(Server::kMaxHeadBytes);
    parser_->body_limit(Server::kMaxBodyBytes);
    stream_.expires_after(Server::kPatience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_read(error); });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void on_read(beast::error_code error) {
    if (error == http::error::header_limit) return write(refusal(http::status::request_header_fields_too_large));
    if (error == http::error::body_limit) return write(refusal(http::status::payload_too_large));
    // Not HTTP: worth an answer. A connection that ended or timed out: not.
    if (error && error != http::error::end_of_stream && error != http::error::partial_message &&
        error.category() == http::make_error_code(http::error::bad_method).category()) {
      return write(refusal(http::status::bad_request));
    }
    if (error) return;
    const Server::Handler& handler = handler_();
    if (!handler) return;
    const auto& request = parser_->get();
    const Response answer = handler({.method = {request.method_string().data(), request.method_string().size()},
                                     .target = {request.target().data(), request.target().size()},
                                     .body = request.body()});
    write(to_http(answer, request.version(), request.keep_alive(), request.method() == http::verb::head));
  }

  static HttpResponse to_http(const Response& answer, unsigned version, bool keep_alive, bool head_only) {
    HttpResponse response{static_cast<http::status>(answer.status), version};
    response.set(http::field::content_type, answer.content_type);
    response.set(http::field::cache_control, "no-store");
    if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
    response.keep_alive(keep_alive);
    response.content_length(answer.body.size());
    if (!head_only) response.body() = answer.body;
    return response;
  }

  static HttpResponse refusal(http::status status) {
    const std::string reason{http::obsolete_reason(status)};
    return to_http({.status = static_cast<std::uint16_t>(status),
                    .content_type = "application/json",
                    .body = "{\"error\":\"" + reason + "\",\"did_you_mean\":[]}\n",
                    .allow = {}},
                   11, false, false);
  }

  void write(HttpResponse response) {
    response_ = std::move(response);
    stream_.expires_after(Server::kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      if (self->response_.keep_alive()) {
        self->read();
      } else {
        beast::error_code ignored;
        self->stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
      }
    });
  }

  std::function<const Server::Handler&()> handler_;
  std::function<void(Session*)> ended_;
  Stream stream_;
  beast::flat_buffer buffer_{Server::kMaxHeadBytes + Server::kMaxBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpResponse response_;
};

}  // namespace

// Accepts on one socket while there are fewer connections than allowed.
class Server::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<Shared> shared, int family, int fd)
      : shared_(std::move(shared)), acceptor_(shared_->loop, Protocol(family, 0), fd), retry_(shared_->loop) {}

  void accept() {
    if (!shared_ || accepting_ || shared_->sessions.size() >= kMaxConnections) return;
    accepting_ = true;
    acceptor_.async_accept([self = shared_from_this()](beast::error_code error, Protocol::socket socket) {
      self->accepting_ = false;
      self->on_accept(error, std::move(socket));
    });
  }

  void close() {
    beast::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    shared_.reset();
  }

 private:
  void on_accept(beast::error_code error, Protocol::socket socket) {
    if (!shared_ || !shared_->handler) return;
    if (error) {
      // Out of descriptors, most likely: once more, after a breath.
      retry_.expires_after(std::chrono::milliseconds(100));
      retry_.async_wait([self = shared_from_this()](beast::error_code cancelled) {
        if (!cancelled) self->accept();
      });
      return;
    }
    auto session =
        std::make_shared<Session>([shared = shared_]() -> const Handler& { return shared->handler; },
                                  [shared = shared_](Session* ended) { shared->remove(ended); }, std::move(socket));
    shared_->sessions.push_back(session.get());
    session->read();
    accept();
  }

  std::shared_ptr<Shared> shared_;
  asio::basic_socket_acceptor<Protocol> acceptor_;
  asio::steady_timer retry_;
  bool accepting_ = false;
};

void Server::Shared::remove(Session* session) {
  std::erase(sessions, session);
  for (const auto& acceptor : acceptors) acceptor->accept();
}

Server::Server(asio::io_context& loop, Handler handler) : shared_(std::make_shared<Shared>(loop, std::move(handler))) {}

Server::~Server() {
  shared_->handler = nullptr;
  stop_accepting();
  // Their operations end with an error on the loop's next turn, and with them the sessions.
  for (Session* session : shared_->sessions) session->close();
}

Result<> Server::serve(net::UniqueFd listening) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return failure_errno("look at the admin API's socket");
  }
  auto acceptor = std::make_shared<Acceptor>(shared_, address.ss_family, listening.get());
  static_cast<void>(listening.release());
  shared_->acceptors.push_back(acceptor);
  acceptor->accept();
  return {};
}

void Server::stop_accepting() {
  for (const auto& acceptor : shared_->acceptors) acceptor->close();
  shared_->acceptors.clear();
}

std::size_t Server::connections() const { return shared_->sessions.size(); }

}  // namespace stead::admin
