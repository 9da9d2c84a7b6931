#include "admin/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json.hpp>
#include <utility>

#include "net/unique_fd.h"
#include "net/unix_address.h"

namespace stead::admin {

namespace http = boost::beast::http;
namespace json = boost::json;

namespace {

using Clock = std::chrono::steady_clock;

Error connect_error(const std::string& path, int code) {
  switch (code) {
    case ENOENT:
      return {
          fmt::format("Nothing runs here: there is no {}.\nStart Stead with `stead run FILE`, or name the directory "
                      "that it was started with: --run-dir DIR.",
                      path),
          code};
    case ECONNREFUSED:
      return {
          fmt::format("Nothing answers at {}: the Stead that made it is gone.\nStart it with `stead run FILE`, or name "
                      "another directory: --run-dir DIR.",
                      path),
          code};
    case EACCES:
      return {
          fmt::format("You may not open {}: it belongs to the user that runs Stead.\nTry as that user, or with sudo.",
                      path),
          code};
    default:
      return Error::from_errno("connect to " + path, code);
  }
}

// Waits until the socket is ready or the time is over.
Result<> wait_for(int fd, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = left <= 0 ? 0 : ::poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return {};
    if (ready == 0) {
      return failure("Stead took the request but does not answer. Its worker may be starting, or stuck: see its log.");
    }
    if (errno != EINTR) return failure_errno("wait for Stead's answer");
  }
}

Result<net::UniqueFd> connect_to(const std::string& path) {
  const Result<net::UnixAddress> address = net::UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  net::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure_errno("make a socket");
  if (::connect(fd.get(), address->get(), address->size()) != 0) {
    return std::unexpected(connect_error(path, errno));
  }
  return fd;
}

Result<> send_all(int fd, std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    if (auto ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return failure_errno("send to Stead");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receive_all(int fd, Clock::time_point deadline) {
  std::string bytes;
  char buffer[64 * 1024];
  while (bytes.size() <= Client::kMaxResponse) {
    if (auto ready = wait_for(fd, POLLIN, deadline); !ready) return std::unexpected(ready.error());
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0) return bytes;
    if (count > 0) {
      bytes.append(buffer, static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
      return failure_errno("receive from Stead");
    }
  }
  return failure("Stead's answer is too long.");
}

Result<ClientResponse> parse(const std::string& bytes) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(Client::kMaxResponse);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  if (!error && !parser.is_done()) parser.put_eof(error);
  if (error || !parser.is_done())
    return failure("Stead's answer is cut short or not HTTP; was its worker replaced just now?");
  return ClientResponse{static_cast<std::uint16_t>(parser.get().result_int()), parser.get().body()};
}

}  // namespace

Result<ClientResponse> Client::request(std::string_view method, std::string_view target, std::string_view body) const {
  const Clock::time_point deadline = Clock::now() + patience_;
  const Result<net::UniqueFd> fd = connect_to(socket_path_);
  if (!fd) return std::unexpected(fd.error());
  const std::string head = fmt::format(
      "{} {} HTTP/1.1\r\nHost: stead\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", method, target, body.size());
  if (const auto sent = send_all(fd->get(), head + std::string(body), deadline); !sent) {
    return std::unexpected(sent.error());
  }
  const Result<std::string> bytes = receive_all(fd->get(), deadline);
  if (!bytes) return std::unexpected(bytes.error());
  return parse(*bytes);
}

std::string explain(const ClientResponse& response) {
  boost::system::error_code error;
  const json::value value = json::parse(response.body, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* sentence = object == nullptr ? nullptr : object->if_contains("error");
  if (sentence == nullptr || !sentence->is_string())
    return fmt::format("Stead answered with status {}.", response.status);
  std::string text(sentence->get_string());
  const json::value* near = object->if_contains("did_you_mean");
  if (near == nullptr || !near->is_array() || near->get_array().empty()) return text;
  text += "\nDid you mean:";
  for (const json::value& name : near->get_array()) {
    if (name.is_string()) text += "\n  " + std::string(name.get_string());
  }
  return text;
}

}  // namespace stead::admin
