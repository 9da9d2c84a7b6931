// One active check of one member: a TCP connection, and for HTTP checks one GET over it, judged by its status and, if
// the file asks for it, a text in its body.
//
// The answer is read by the parser of the data loops (wire/http1): a member whose answer they would refuse does not
// pass. What the member sends is bad input: the head and what is searched of the body are bounded, and so is the time
// of the whole, however slowly the bytes drip.
//
// On the control loop. `done` is called once, from the loop, never from within start(); after cancel(), not at all.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "config/model.h"
#include "core/health/outcome.h"
#include "wire/http1/chunked_decoder.h"
#include "wire/http1/response_parser.h"

namespace stead::service::check {

struct ProbeReport {
  // nullopt: the check could not be made, by no fault of the member: no descriptors, no ports left.
  std::optional<core::health::CheckResult> result;
  std::string detail;  // "status 503", "connected", "Connection refused"
  Duration took{};
};

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  using Done = std::function<void(ProbeReport)>;

  static constexpr std::size_t kMaxBodyBytes = 64 * 1024;  // searched for the text

  // `member` is nullopt where its name has no address, which is a failed check. `host` goes into the Host field.
  static std::shared_ptr<Probe> start(boost::asio::io_context& loop,
                                      const std::optional<boost::asio::ip::tcp::endpoint>& member,
                                      const config::Check& check, std::string host, Duration timeout, Done done);
  void cancel();

 private:
  using Tcp = boost::asio::ip::tcp;
  using ErrorCode = boost::system::error_code;
  using Executor = boost::asio::io_context::executor_type;

  Probe(boost::asio::io_context& loop, const config::Check& check, std::string host, Done done);

  void connect(const Tcp::endpoint& member, Duration timeout);
  void on_connected(const ErrorCode& error);
  void send_request();
  void read_more();
  void on_bytes(std::size_t count);
  void on_end(const ErrorCode& error);
  void on_head();
  void on_body(std::size_t offset);
  void judge_body_so_far(bool complete);
  void finish(std::optional<core::health::CheckResult> result, std::string detail);

  boost::asio::basic_stream_socket<Tcp, Executor> socket_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Executor>
      timer_;
  const config::Check check_;
  const std::string host_;
  Done done_;  // empty once it was called, or cancelled
  std::chrono::steady_clock::time_point started_;
  bool connected_ = false;

  std::string request_;
  std::array<char, 8 * 1024> buffer_;
  std::string head_;  // until the answer's head is complete
  bool head_complete_ = false;
  wire::http1::ResponseParser parser_;
  wire::http1::ChunkedDecoder chunks_;
  std::string body_;
  std::uint64_t body_remaining_ = 0;  // Framing::Length
};

}  // namespace stead::service::check
