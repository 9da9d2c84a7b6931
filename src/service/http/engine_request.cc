// The request goes to the member: its head written anew, then its body as the client sends it, never more of it in
// memory than one page and one block.
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "service/http/chunk_frame.h"
#include "service/http/engine.h"
#include "service/http/head_rewrite.h"

namespace stead::service::http {

using core::retry::Failure;
using wire::http1::Framing;
using wire::http1::HeadWriter;
using wire::http1::Progress;

namespace {

// The status line that asks the client for its body (RFC 9110 section 10.1.1).
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void Engine::start_try(Exchange& exchange) {
  const std::optional<std::uint32_t> chosen = choose(exchange);
  exchange.tried &= ~exchange.forgiven;
  exchange.forgiven = 0;
  if (!chosen) return no_member(exchange);
  PoolRuntime& pool_runtime = *exchange.pool;
  MemberRuntime& found = *pool_runtime.members[*chosen];
  const bool repeatable = is_idempotent(exchange.method) && exchange.replayable;
  Upstream* upstream = exchange.fresh_only ? nullptr : take_idle(pool_runtime, found, repeatable);
  if (upstream != nullptr) {
    upstream->connect_time = Duration{-1};
    attach(exchange, *upstream, *chosen);
    return send_request(*upstream);
  }
  upstream = connect(*pool_runtime.plan, pool_runtime.plan->members[*chosen], found);
  if (upstream == nullptr) return failed_at_once(exchange, found, *chosen);
  attach(exchange, *upstream, *chosen);
  arm_try(*upstream);
}

// Writes the head, and what is there of the body, in one piece. The connection is made, or was kept.
void Engine::send_request(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  // Only what is safe, and all there, may be with two members at once.
  if (!is_safe(exchange.method) || !exchange.request.done) drop_other_try(upstream);
  upstream.state = Upstream::State::Busy;
  Slot& slot = ledger_.slot(exchange.client->slot);
  const bool resumable = is_idempotent(exchange.method) && exchange.replayable;
  if (!resumable) slot.phase.store(Phase::Unrepeatable, std::memory_order_release);

  const std::string_view page(ledger_.page(slot.page) + slot.begin,
                              slot.end.load(std::memory_order_relaxed) - slot.begin);
  const wire::http1::RequestHead* head = head_of(exchange, page);
  if (head == nullptr) return abort_exchange(exchange);
  HeadWriter writer({out_.get(), kOutBytes});
  write_request_head(writer, *head, page, slot.peer, exchange.request_id);
  const std::size_t size = writer.size() + append_page_body(exchange, page, out_.get() + writer.size());
  exchange.body_moved = exchange.body_moved || exchange.request_framing != Framing::None;
  upstream.member->stats.requests.add();
  arm_try(upstream);
  if (!write_upstream(upstream, {out_.get(), size})) return request_write_failed(upstream);
  if (exchange.request.done && upstream.out.empty()) {
    upstream.request_sent = true;
    return;
  }
  if (exchange.expect_continue) {
    exchange.expect_continue = false;
    if (!send_to_client(exchange, kContinue)) return abort_exchange(exchange);
  }
  pump_request(upstream);
}

// The head, from the page. A request is most often sent at once, while the parser still holds it; a later try parses it
// once more, which is cheaper than keeping every head. nullptr: cannot be, it was complete.
const wire::http1::RequestHead* Engine::head_of(const Exchange& exchange, std::string_view page) {
  if (parsed_for_ != &exchange) {
    request_parser_.reset();
    parsed_for_ = nullptr;
    if (request_parser_.parse(page) != Progress::Complete) return nullptr;
    parsed_for_ = &exchange;
  }
  return &request_parser_.head();
}

// The part of the body that arrived with the head, framed for the member. Returns its size in `out`.
std::size_t Engine::append_page_body(Exchange& exchange, std::string_view page, char* out) {
  std::string_view body = page.substr(exchange.head_size);
  if (exchange.request_framing == Framing::Length) {
    body = body.substr(0, exchange.page_body);
    std::memcpy(out, body.data(), body.size());
    return body.size();
  }
  if (exchange.request_framing != Framing::Chunked || exchange.page_body > 0) return 0;
  // Decoding is done in place, in a copy: the page keeps what the client sent.
  std::memcpy(scratch_.get() + kFrameRoom, body.data(), body.size());
  const auto decoded = exchange.request.decoder.feed(scratch_.get() + kFrameRoom, body.size());
  if (decoded.refusal != wire::http1::Refusal::None) {
    exchange.bad_body = true;
    return 0;
  }
  exchange.page_body = static_cast<std::uint32_t>(decoded.consumed);
  exchange.bytes_in += decoded.payload;
  exchange.request.done = decoded.done;
  const std::string_view framed = frame_chunk(scratch_.get() + kFrameRoom, decoded.payload, decoded.done);
  std::memcpy(out, framed.data(), framed.size());
  return framed.size();
}

// Moves the body on as far as both sides let it.
void Engine::pump_request(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  if (upstream.state != Upstream::State::Busy || upstream.request_sent || exchange.request_given_up) return;
  if (exchange.bad_body) return request_body_failed(exchange, 400);
  Downstream& client = *exchange.client;
  for (std::size_t moved = 0;;) {
    if (!flush_upstream(upstream)) return request_write_failed(upstream);
    if (!upstream.out.empty()) {
      // The member is slow. A request in one piece keeps its try's limit; an upload is timed by its progress.
      if (!exchange.replayable) wheel_.set(upstream, now_ + exchange.plan->plan->timeouts.body);
      return arm_client(exchange, false);
    }
    if (exchange.request.done) {
      upstream.request_sent = true;
      upstream.started = now_;
      arm_client(exchange, false);
      if (!exchange.answer_begun) arm_try(upstream);
      return;
    }
    if (!exchange.answer_begun && !flush_to_client(exchange) && client.broken) return abort_exchange(exchange);
    if (!client.readable) {
      hurry(client);
      watch(client);
      arm_client(exchange, true);
      wheel_.disarm(upstream);  // the member has nothing to answer yet
      return;
    }
    if (moved >= kPieceBytes) return give_way(exchange);
    const std::uint64_t before = exchange.bytes_in;
    if (read_request_body(exchange, upstream) == Next::Wait) return;
    moved += static_cast<std::size_t>(exchange.bytes_in - before);
  }
}

// The member does not take the request any more. Where its answer is on the way, that decides.
void Engine::request_write_failed(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  if (exchange.answer_begun) {
    exchange.request_given_up = true;
    return;
  }
  upstream.readable = true;
  on_answer(upstream);  // an early answer may lie before the reset; else this finds the end
}

// Wait: the exchange has ended, or will not go on this way.
Engine::Next Engine::read_request_body(Exchange& exchange, Upstream& upstream) {
  Downstream& client = *exchange.client;
  Slot& slot = ledger_.slot(client.slot);
  const bool into_page = exchange.replayable;
  const bool chunked = exchange.request_framing == Framing::Chunked;
  const std::uint32_t end = slot.end.load(std::memory_order_relaxed);
  exchange.body_moved = true;
  char* into = into_page ? ledger_.page(slot.page) + end : scratch_.get() + kFrameRoom;
  // A chunked body may have the next request right behind it, which must fit the page.
  const std::size_t room = chunked ? kPageBytes : std::min<std::uint64_t>(exchange.request.remaining, kPieceBytes);
  const ssize_t got = recv(client.fd, into, room, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    client.readable = errno == EINTR;
    return Next::Again;
  }
  if (got <= 0) {
    abort_exchange(exchange);
    return Next::Wait;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size < room && !client.peer_closed) client.readable = false;
  client.last_read = static_cast<std::uint32_t>(size);
  stats_.bytes_in.add(size);
  if (chunked) return forward_chunked_body(exchange, upstream, into, size);
  exchange.bytes_in += size;
  exchange.request.remaining -= size;
  exchange.request.done = exchange.request.remaining == 0;
  if (into_page) {
    exchange.page_body += static_cast<std::uint32_t>(size);
    slot.end.store(end + static_cast<std::uint32_t>(size), std::memory_order_release);
  }
  return forward_body(upstream, {into, size});
}

Engine::Next Engine::forward_body(Upstream& upstream, std::string_view bytes) {
  if (bytes.empty() || write_upstream(upstream, bytes)) return Next::Again;
  request_write_failed(upstream);
  return Next::Wait;
}

Engine::Next Engine::forward_chunked_body(Exchange& exchange, Upstream& upstream, char* bytes, std::size_t size) {
  const auto decoded = exchange.request.decoder.feed(bytes, size);
  if (decoded.refusal != wire::http1::Refusal::None) {
    request_body_failed(exchange, 400);
    return Next::Wait;
  }
  exchange.bytes_in += decoded.payload;
  exchange.request.done = decoded.done;
  if (decoded.consumed < size) {
    // The next request: it takes the page, whose contents were all sent.
    Slot& slot = ledger_.slot(exchange.client->slot);
    exchange.page_replaced = true;
    slot.begin = 0;
    std::memcpy(ledger_.page(slot.page), bytes + decoded.consumed, size - decoded.consumed);
    slot.end.store(static_cast<std::uint32_t>(size - decoded.consumed), std::memory_order_release);
  }
  return forward_body(upstream, frame_chunk(bytes, decoded.payload, decoded.done));
}

// False: the connection is broken. What the socket does not take now waits in `out`.
bool Engine::write_upstream(Upstream& upstream, std::string_view bytes) {
  if (upstream.out.empty()) {
    const ssize_t sent = send(upstream.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      upstream.broken = true;
      return false;
    }
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    upstream.bytes_sent += taken;
    bytes.remove_prefix(taken);
    if (bytes.empty()) return true;
    upstream.writable = false;
  }
  if (upstream.out.append(blocks_, bytes)) return true;
  upstream.broken = true;
  return false;
}

bool Engine::flush_upstream(Upstream& upstream) {
  while (!upstream.out.empty() && upstream.writable) {
    const std::string_view bytes = upstream.out.view();
    const ssize_t sent = send(upstream.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      upstream.broken = true;
      return false;
    }
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (taken < bytes.size()) upstream.writable = false;
    upstream.bytes_sent += taken;
    upstream.out.consume(blocks_, taken);
  }
  return true;
}

// Until the first byte of the answer: first the try's limit, after which a second member may be asked, then the pool's.
void Engine::arm_try(Upstream& upstream) {
  const PoolRuntime& pool_runtime = *upstream.exchange->pool;
  Duration limit = pool_runtime.plan->first_byte_timeout;
  if (upstream.state == Upstream::State::Connecting) limit = std::min(limit, pool_runtime.plan->connect_timeout);
  if (!upstream.warned_slow) limit = std::min(limit, pool_runtime.try_limit.limit());
  wheel_.set(upstream, upstream.started + limit);
}

// The client's body ended too early, too slowly or not as HTTP.
void Engine::request_body_failed(Exchange& exchange, std::uint16_t status) {
  while (exchange.tries[0] != nullptr) close_upstream(*exchange.tries[0]);
  if (exchange.answer_begun) return cut_answer(exchange);
  exchange.keep_alive = false;
  if (status == 400) stats_.bad_requests.add();
  answer(exchange, status,
         status == 400 ? "refused: the body is not in the chunked coding\n"
                       : "the request's body did not arrive in time\n");
}

}  // namespace stead::service::http
