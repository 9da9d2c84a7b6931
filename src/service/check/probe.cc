#include "service/check/probe.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace stead::service::check {

namespace asio = boost::asio;
using core::health::CheckResult;
using wire::http1::Framing;
using wire::http1::Progress;

namespace {

// Whose fault a failed connection attempt is. Those of the last group say nothing of the member.
std::optional<CheckResult> result_for(const boost::system::error_code& error) {
  switch (error.value()) {
    case ETIMEDOUT:
      return CheckResult::ConnectTimeout;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
      return std::nullopt;
    default:
      return CheckResult::Refused;
  }
}

}  // namespace

std::shared_ptr<Probe> Probe::start(asio::io_context& loop, const std::optional<Tcp::endpoint>& member,
                                    const config::Check& check, std::string host, Duration timeout, Done done) {
  const std::shared_ptr<Probe> probe(new Probe(loop, check, std::move(host), std::move(done)));
  probe->started_ = std::chrono::steady_clock::now();
  if (member) {
    probe->connect(*member, timeout);
  } else {
    asio::post(loop, [probe] { probe->finish(CheckResult::NoAddress, "its name has no address"); });
  }
  return probe;
}

Probe::Probe(asio::io_context& loop, const config::Check& check, std::string host, Done done)
    : socket_(loop), timer_(loop), check_(check), host_(std::move(host)), done_(std::move(done)) {}

void Probe::cancel() {
  done_ = nullptr;
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void Probe::connect(const Tcp::endpoint& member, Duration timeout) {
  timer_.expires_after(timeout);
  timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (error) return;
    self->finish(self->connected_ ? CheckResult::TimedOut : CheckResult::ConnectTimeout,
                 self->connected_ ? "no complete answer in time" : "no connection in time");
  });
  socket_.async_connect(member, [self = shared_from_this()](const ErrorCode& error) { self->on_connected(error); });
}

void Probe::on_connected(const ErrorCode& error) {
  if (!done_) return;
  if (error) return finish(result_for(error), error.message());
  connected_ = true;
  if (check_.kind == config::CheckKind::Http) return send_request();
  finish(CheckResult::Passed, "connected");
}

void Probe::send_request() {
  request_ = "GET " + check_.path + " HTTP/1.1\r\nHost: " + host_ +
             "\r\nUser-Agent: stead-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  asio::async_write(socket_, asio::buffer(request_), [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (!self->done_) return;
    // A member may answer and close without reading: what it said counts, if it said anything.
    if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset) {
      return self->finish(CheckResult::Closed, error.message());
    }
    self->read_more();
  });
}

void Probe::read_more() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t count) {
                            if (!self->done_) return;
                            if (error) return self->on_end(error);
                            self->on_bytes(count);
                          });
}

void Probe::on_bytes(std::size_t count) {
  if (head_complete_) {
    body_.append(buffer_.data(), count);
    on_body(body_.size() - count);
  } else {
    head_.append(buffer_.data(), count);
    on_head();
  }
  if (done_) read_more();
}

void Probe::on_end(const ErrorCode& error) {
  if (!head_complete_) {
    return finish(CheckResult::Closed, error == asio::error::eof ? "closed without an answer" : error.message());
  }
  // Only a body whose end is the connection's may end so.
  if (parser_.head().framing == Framing::UntilClose && error == asio::error::eof) return judge_body_so_far(true);
  finish(CheckResult::Closed, "closed in the middle of the answer");
}

void Probe::on_head() {
  while (true) {
    const Progress progress = parser_.parse(head_, wire::http1::Method::Get);
    if (progress == Progress::Incomplete) return;
    if (progress == Progress::Refused) {
      return finish(CheckResult::Malformed, std::string(wire::http1::describe(parser_.refusal())));
    }
    const auto& head = parser_.head();
    if (head.status == 101) return finish(CheckResult::Malformed, "status 101, which nobody asked for");
    if (head.status >= 200) break;
    head_.erase(0, head.size);  // an interim answer (RFC 9110 section 15.2): the real one follows
    parser_.reset();
  }
  head_complete_ = true;
  const auto& head = parser_.head();
  const std::string status = "status " + std::to_string(head.status);
  if (head.status < check_.expect_status_from || head.status > check_.expect_status_to) {
    return finish(CheckResult::WrongStatus, status);
  }
  if (check_.expect_body.empty()) return finish(CheckResult::Passed, status);
  body_remaining_ = head.content_length;
  body_ = head_.substr(head.size);
  on_body(0);
}

// `body_` has new bytes from `offset` on.
void Probe::on_body(std::size_t offset) {
  bool complete = false;
  const std::size_t count = body_.size() - offset;
  switch (parser_.head().framing) {
    case Framing::None:
      complete = true;
      break;
    case Framing::UntilClose:
      break;
    case Framing::Length:
      if (count >= body_remaining_) {
        body_.resize(offset + body_remaining_);
        complete = true;
      } else {
        body_remaining_ -= count;
      }
      break;
    case Framing::Chunked: {
      const auto decoded = chunks_.feed(body_.data() + offset, count);
      if (decoded.refusal != wire::http1::Refusal::None) {
        return finish(CheckResult::Malformed, std::string(wire::http1::describe(decoded.refusal)));
      }
      body_.resize(offset + decoded.payload);
      complete = decoded.done;
      break;
    }
  }
  judge_body_so_far(complete);
}

void Probe::judge_body_so_far(bool complete) {
  if (body_.size() >= kMaxBodyBytes) {
    body_.resize(kMaxBodyBytes);
    complete = true;
  }
  if (body_.find(check_.expect_body) != std::string::npos) {
    return finish(CheckResult::Passed, "status " + std::to_string(parser_.head().status));
  }
  if (complete) finish(CheckResult::WrongBody, "the expected text is not in the answer");
}

void Probe::finish(std::optional<CheckResult> result, std::string detail) {
  if (!done_) return;
  const Done done = std::exchange(done_, nullptr);
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
  done({.result = result, .detail = std::move(detail), .took = std::chrono::steady_clock::now() - started_});
}

}  // namespace stead::service::check
