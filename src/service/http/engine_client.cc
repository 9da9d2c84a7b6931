// A client's side: its bytes become a request, an exchange ends, the connection waits for the next one or closes.
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "service/http/engine.h"

namespace stead::service::http {

using wire::http1::Progress;
using wire::http1::RequestParser;

namespace {

// What is thrown away after a last answer before the connection is closed all the same.
constexpr std::uint32_t kLingerBytes = 256 * 1024;
constexpr Duration kLinger = 2s;
constexpr int kRequestsPerTurn = 64;

}  // namespace

void Engine::on_client(Downstream& client) {
  switch (client.state) {
    case Downstream::State::Reading:
      if (client.broken) return close_client(client);
      serve(client);
      break;
    case Downstream::State::Busy: {
      Exchange& exchange = *client.exchange;
      if (client.broken) return abort_exchange(exchange);
      if (exchange.answer_begun) {
        pump_both(exchange);
      } else if (exchange.tries[0] != nullptr) {
        pump_request(*exchange.tries[0]);
      }
      break;
    }
    case Downstream::State::Lingering:
      drain_lingering(client);
      break;
  }
}

// Reads and answers until the client has nothing more to say for now, or an exchange needs to wait for a member.
void Engine::serve(Downstream& client) {
  for (int requests = 0; !client.closed && client.state == Downstream::State::Reading; ++requests) {
    // Requests that are answered at once, one behind the other without end, must not keep the loop from the others.
    if (requests == kRequestsPerTurn) return put_on_ready_list(client);
    const Slot& slot = ledger_.slot(client.slot);
    if (slot.begin != slot.end.load(std::memory_order_relaxed)) {
      if (parse_request(client) == Next::Again) continue;
      if (client.closed || client.state != Downstream::State::Reading) return;
    }
    if (!client.readable || read_client(client) == Next::Wait) break;
  }
  if (client.closed || client.state != Downstream::State::Reading) return;
  watch(client);
  if (draining_) leave(client);
}

// Again: bytes arrived.
Engine::Next Engine::read_client(Downstream& client) {
  Slot& slot = ledger_.slot(client.slot);
  if (slot.page == kNoPage) {
    slot.page = ledger_.acquire_page();
    slot.begin = 0;
  }
  const std::uint32_t end = slot.end.load(std::memory_order_relaxed);
  const std::size_t room = kPageBytes - end;
  const ssize_t got = recv(client.fd, ledger_.page(slot.page) + end, room, 0);
  if (got > 0) {
    slot.end.store(end + static_cast<std::uint32_t>(got), std::memory_order_release);
    client.last_read = static_cast<std::uint32_t>(got);
    // A short read has emptied the socket; an end of stream behind it has announced itself.
    if (static_cast<std::size_t>(got) < room && !client.peer_closed) client.readable = false;
    return Next::Again;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    client.readable = errno == EINTR;
    if (end == slot.begin) {
      ledger_.release_page(slot.page);
      slot.page = kNoPage;
    }
    return client.readable ? Next::Again : Next::Wait;
  }
  close_client(client);  // its end of stream between requests, in a head (nobody to answer), or a reset
  return Next::Wait;
}

// Again: a request was found, and perhaps already answered.
Engine::Next Engine::parse_request(Downstream& client) {
  Slot& slot = ledger_.slot(client.slot);
  const std::uint32_t end = slot.end.load(std::memory_order_relaxed);
  const std::string_view bytes(ledger_.page(slot.page) + slot.begin, end - slot.begin);
  RequestParser& parser = client.partial ? *client.partial : request_parser_;
  if (!client.partial) {
    parser.reset();
    parsed_for_ = nullptr;
  }
  switch (parser.parse(bytes)) {
    case Progress::Complete:
      client.head_begun = false;
      begin_exchange(client, parser.head(), bytes);
      return Next::Again;
    case Progress::Refused:
      refuse(client, parser.refusal());
      return Next::Again;
    case Progress::Incomplete:
      break;
  }
  return keep_partial(client, bytes);
}

// The head goes on in bytes that are still to come.
Engine::Next Engine::keep_partial(Downstream& client, std::string_view bytes) {
  Slot& slot = ledger_.slot(client.slot);
  if (!client.partial) {
    client.partial = std::make_unique<RequestParser>(request_parser_);
    // From the head's first byte on, however slowly the others come.
    wheel_.set(client, now_ + plan_->plan->timeouts.head);
    client.head_begun = true;
  }
  if (slot.begin > 0) {
    // Room for the rest of the head: move its beginning to the page's front. Not resumable while it moves.
    slot.phase.store(Phase::Answering, std::memory_order_release);
    std::copy(bytes.begin(), bytes.end(), ledger_.page(slot.page));
    slot.end.store(static_cast<std::uint32_t>(bytes.size()), std::memory_order_relaxed);
    slot.begin = 0;
    slot.phase.store(Phase::Resumable, std::memory_order_release);
  } else if (bytes.size() == kPageBytes) {
    refuse(client, wire::http1::Refusal::HeadTooLarge);
    return Next::Again;
  }
  return Next::Wait;
}

void Engine::on_client_timer(Downstream& client) {
  if (client.state == Downstream::State::Lingering) return close_client(client);
  if (client.state == Downstream::State::Reading) {
    if (!client.head_begun) {
      stats_.timeouts_idle.add();
      return close_client(client);
    }
    stats_.timeouts_head.add();
    return answer_without_request(client, 408, "the request's head did not arrive in time\n");
  }
  on_exchange_timer(*client.exchange);
}

void Engine::on_exchange_timer(Exchange& exchange) {
  const config::Timeouts& timeouts = exchange.plan->plan->timeouts;
  const bool over = timeouts.request > 0ns && now_ >= exchange.began + timeouts.request;
  if (exchange.answer_begun) {
    if (!over && client_took_some(exchange)) return arm_client(exchange, true);
    stats_.timeouts_body.add();
    return cut_answer(exchange);
  }
  if (over) return fail(exchange, 504);
  stats_.timeouts_body.add();
  request_body_failed(exchange, 408);
}

// A slow client empties the kernel's buffer long before there is room for us to write again: what it has acknowledged
// since the last look counts, too. The first look counts as progress, so one that stands still has twice the time.
bool Engine::client_took_some(Exchange& exchange) {
  int left = 0;
  if (ioctl(exchange.client->fd, SIOCOUTQ, &left) != 0) return false;
  return std::exchange(exchange.unacknowledged, left) != left;
}

void Engine::refuse(Downstream& client, wire::http1::Refusal refusal) {
  stats_.bad_requests.add();
  std::string text = "refused: ";
  text += wire::http1::describe(refusal);
  text += '\n';
  answer_without_request(client, wire::http1::status_for(refusal), text);
}

// After the last answer on a connection whose bytes were not all read: closing at once would send a reset, which can
// destroy the answer on its way (RFC 9112 section 9.6).
void Engine::linger(Downstream& client) {
  client.state = Downstream::State::Lingering;
  shutdown(client.fd, SHUT_WR);
  wheel_.set(client, now_ + kLinger);
  watch(client);
  drain_lingering(client);
}

void Engine::drain_lingering(Downstream& client) {
  while (client.readable && !client.broken) {
    const ssize_t got = recv(client.fd, scratch_.get(), kReadBytes, 0);
    if (got < 0 && errno == EAGAIN) {
      client.readable = false;
      return;
    }
    if (got <= 0) break;
    client.lingered += static_cast<std::uint32_t>(got);
    if (client.lingered > kLingerBytes) break;
  }
  close_client(client);
}

// The exchange is over, its answer sent or given up; the client may go on, unless it is closed.
void Engine::end_exchange(Exchange& exchange) {
  Downstream& client = *exchange.client;
  Slot& slot = ledger_.slot(client.slot);
  if (exchange.queued) dequeue(exchange);
  log_request(exchange, false);
  const bool keep = exchange.keep_alive && !client.broken;
  // What is behind this request in the page is the next one. Order: until `phase` says Resumable, a successor keeps
  // off.
  const std::uint32_t used = exchange.page_replaced ? 0 : exchange.head_size + exchange.page_body;
  const bool unread = !exchange.request.done;
  slot.begin += used;
  free_exchange(exchange);
  if (!keep) {
    // A body that the client is still sending, or a request behind this one: see linger().
    if (unread || slot.begin != slot.end.load(std::memory_order_relaxed)) return linger(client);
    return close_client(client);
  }
  client.state = Downstream::State::Reading;
  if (slot.begin == slot.end.load(std::memory_order_relaxed)) {
    slot.end.store(0, std::memory_order_relaxed);
    slot.begin = 0;
    slot.phase.store(Phase::Resumable, std::memory_order_release);
    ledger_.release_page(slot.page);
    slot.page = kNoPage;
    go_idle(client);
  } else {
    slot.phase.store(Phase::Resumable, std::memory_order_release);
    put_on_ready_list(client);
  }
  if (client.readable && !client.closed) put_on_ready_list(client);
}

void Engine::free_exchange(Exchange& exchange) {
  Downstream& client = *exchange.client;
  exchange.to_client.clear(blocks_);
  pipes_.give_back(std::move(exchange.pipe));
  release_plan(exchange.plan);
  if (parsed_for_ == &exchange) parsed_for_ = nullptr;
  client.exchange = nullptr;
  client.partial.reset();
  exchanges_.release(&exchange);
}

// The client has gone, or must go.
void Engine::abort_exchange(Exchange& exchange) {
  Downstream& client = *exchange.client;
  stats_.client_aborts.add();
  if (exchange.queued) dequeue(exchange);
  for (Upstream* upstream : exchange.tries) {
    if (upstream != nullptr) close_upstream(*upstream);
  }
  log_request(exchange, true);
  free_exchange(exchange);
  close_client(client);
}

void Engine::close_client(Downstream& client) {
  if (client.closed) return;
  Slot& slot = ledger_.slot(client.slot);
  if (slot.page != kNoPage) ledger_.release_page(slot.page);
  slot.page = kNoPage;
  ledger_.release_slot(client.slot);  // before the descriptor's number can mean another connection
  close(client.fd);
  client.closed = true;
  wheel_.cancel(client);
  if (client.previous != nullptr) client.previous->next = client.next;
  if (client.next != nullptr) client.next->previous = client.previous;
  if (clients_ == &client) clients_ = client.next;
  --client_count_;
  stats_.connections.subtract();
  closed_downstreams_.push_back(&client);
}

// Between two requests.
void Engine::go_idle(Downstream& client) {
  client.head_begun = false;
  if (draining_) leave(client);
  if (client.closed) return;
  watch(client);
  wheel_.set(client, now_ + plan_->plan->timeouts.idle);
}

// End: these are the connection's last bytes, and its end of stream travels with them, in the same segment.
bool Engine::send_to_client(Exchange& exchange, std::string_view bytes, Then then) {
  Downstream& client = *exchange.client;
  if (exchange.to_client.empty() && client.writable) {
    const int hold_back = then == Then::End ? MSG_MORE : 0;
    const ssize_t sent = send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | hold_back);
    if (sent < 0 && errno != EAGAIN) {
      client.broken = true;
      return false;
    }
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    stats_.bytes_out.add(static_cast<std::uint64_t>(std::max<ssize_t>(sent, 0)));
    if (bytes.empty()) {
      if (then == Then::End) shutdown(client.fd, SHUT_WR);
      return true;
    }
    client.writable = false;
    watch(client);
  }
  if (exchange.to_client.append(blocks_, bytes)) return true;
  client.broken = true;
  return false;
}

// True: all was taken. False: the client is slow, or broken.
bool Engine::flush_to_client(Exchange& exchange) {
  Downstream& client = *exchange.client;
  while (!exchange.to_client.empty() && client.writable) {
    const std::string_view bytes = exchange.to_client.view();
    const ssize_t sent = send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      client.writable = false;
      client.broken = client.broken || errno != EAGAIN;
      break;
    }
    stats_.bytes_out.add(static_cast<std::uint64_t>(sent));
    if (static_cast<std::size_t>(sent) < bytes.size()) client.writable = false;
    exchange.to_client.consume(blocks_, static_cast<std::size_t>(sent));
  }
  if (exchange.to_client.empty() && (exchange.pipe == nullptr || flush_pipe(exchange))) return true;
  watch(client);
  return false;
}

// As flush_to_client().
bool Engine::flush_pipe(Exchange& exchange) {
  Downstream& client = *exchange.client;
  Pipe& pipe = *exchange.pipe;
  while (pipe.filled > 0 && client.writable) {
    const ssize_t sent = splice(pipe.out.get(), nullptr, client.fd, nullptr, pipe.filled, SPLICE_F_NONBLOCK);
    if (sent <= 0) {
      client.writable = false;
      client.broken = client.broken || sent == 0 || errno != EAGAIN;
      break;
    }
    stats_.bytes_out.add(static_cast<std::uint64_t>(sent));
    pipe.filled -= static_cast<std::uint32_t>(sent);
  }
  return pipe.filled == 0;
}

// While the client is what we wait for, its progress is timed; else only the whole request.
void Engine::arm_client(Exchange& exchange, bool waiting_for_client) {
  const config::Timeouts& timeouts = exchange.plan->plan->timeouts;
  Instant deadline = Instant::max();
  if (timeouts.request > 0ns) deadline = exchange.began + timeouts.request;
  if (waiting_for_client) deadline = std::min(deadline, now_ + timeouts.body);
  if (deadline == Instant::max()) {
    wheel_.disarm(*exchange.client);
  } else {
    wheel_.set(*exchange.client, deadline);
  }
}

}  // namespace stead::service::http
