// The answer comes back: its head is parsed and written anew, its body is moved with a new frame, never more of it in
// memory than one block.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "service/http/chunk_frame.h"
#include "service/http/engine.h"
#include "service/http/head_rewrite.h"

namespace stead::service::http {

using core::retry::Failure;
using wire::http1::Framing;
using wire::http1::HeadWriter;
using wire::http1::Method;
using wire::http1::Progress;
using wire::http1::ResponseHead;

namespace {

// A body with this much still to come moves through a pipe, all but its last bytes: reading those finds out whether the
// member sends more than it said.
constexpr std::uint64_t kSpliceFrom = 64 * 1024;
constexpr std::uint64_t kSpliceNot = 16 * 1024;
// A body piece up to this size travels in one call with its head, at the price of a copy.
constexpr std::size_t kJoined = 16 * 1024;
// More than any application sends; a member without end is not waited for.
constexpr std::uint16_t kMostInterimAnswers = 1000;

// RFC 9112 section 6.3: what the client is told, from what the member said and what the client understands.
AnswerFraming framing_for(const Exchange& exchange, const ResponseHead& head) {
  switch (head.framing) {
    case Framing::None:
      return AnswerFraming::None;
    case Framing::Length:
      return AnswerFraming::Length;
    case Framing::Chunked:
    case Framing::UntilClose:
      break;
  }
  return exchange.http10 ? AnswerFraming::Close : AnswerFraming::Chunked;
}

}  // namespace

// Reads until there is an answer's head, or nothing more to read.
void Engine::on_answer(Upstream& upstream) {
  do {
    read_head(upstream);
  } while (!upstream.closed && upstream.readable && upstream.state == Upstream::State::Busy &&
           !upstream.exchange->answer_begun && !upstream.waiting_for_reset);
}

void Engine::read_head(Upstream& upstream) {
  char* into = scratch_.get() + kFrameRoom;
  std::size_t before = 0;
  if (!upstream.head.empty()) {
    // A head in pieces: put the new one behind those that are there.
    const std::string_view pieces = upstream.head.view();
    before = pieces.copy(into, pieces.size());
    upstream.head.clear(blocks_);
  }
  const std::size_t room = kReadBytes - before;
  const ssize_t got = recv(upstream.fd, into + before, room, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    upstream.readable = errno == EINTR;
    if (before > 0) static_cast<void>(upstream.head.append(blocks_, {into, before}));  // less than one read: it fits
    return;
  }
  if (got <= 0) {
    if (upstream.answer_begun) {
      upstream.member->stats.resets.add();
      note_outcome(*upstream.member, OutcomeKind::Reset, {});
      return try_failed(upstream, Failure::FreshReset);
    }
    return on_early_end(upstream);
  }
  const auto size = static_cast<std::size_t>(got);
  if (size < room && !upstream.peer_closed) upstream.readable = false;
  upstream.last_read = static_cast<std::uint32_t>(size);
  upstream.answer_begun = true;
  take_head(upstream, into, before + size);
}

// The member ended the connection before a byte of its answer.
void Engine::on_early_end(Upstream& upstream) {
  const bool unsafe = !is_idempotent(upstream.exchange->method);
  if (unsafe && upstream.reused && !upstream.broken && !upstream.waiting_for_reset && !provably_unprocessed(upstream)) {
    // Its end of stream may have crossed our request. A reset that follows says so; wait for it, but not for long.
    upstream.waiting_for_reset = true;
    upstream.readable = false;
    wheel_.set(upstream, now_ + 100ms);
    return;
  }
  try_failed(upstream, ended_early(upstream));
}

// `bytes`: all that has arrived of this answer. Interim answers are passed on or dropped until the final one is there.
void Engine::take_head(Upstream& upstream, char* bytes, std::size_t size) {
  while (size > 0) {
    Exchange& exchange = *upstream.exchange;
    response_parser_.reset();
    const Progress progress = response_parser_.parse({bytes, size}, exchange.method);
    if (progress == Progress::Incomplete) break;
    const ResponseHead& head = response_parser_.head();
    // 101 would end HTTP on this connection; we did not ask for it.
    if (progress == Progress::Refused || head.status == 101) {
      upstream.member->stats.bad_responses.add();
      note_outcome(*upstream.member, OutcomeKind::BadResponse, {});
      return try_failed(upstream, Failure::BadResponse);
    }
    if (head.status >= 200) return begin_answer(upstream, head, bytes, size);
    if (++exchange.interim_answers > kMostInterimAnswers) {
      upstream.member->stats.bad_responses.add();
      note_outcome(*upstream.member, OutcomeKind::BadResponse, {});
      return try_failed(upstream, Failure::BadResponse);
    }
    // RFC 9110 section 15.2: 1xx go to HTTP/1.1 clients; 100 was ours to say.
    const bool room = exchange.to_client.end + head.size < kInterimBytes;
    if (!exchange.http10 && head.status != 100 && exchange.tries[1] == nullptr && room) {
      HeadWriter writer({out_.get(), kOutBytes});
      write_answer_head(writer, head, {bytes, size}, {.framing = AnswerFraming::None, .date = {}});
      if (!send_to_client(exchange, {out_.get(), writer.size()})) return abort_exchange(exchange);
    }
    bytes += head.size;
    size -= head.size;
  }
  static_cast<void>(upstream.head.append(blocks_, {bytes, size}));  // less than one read: it fits
  if (!upstream.readable) hurry(upstream);
}

// The first answer wins: a second try, if there is one, is given up.
void Engine::win(Upstream& upstream) {
  Exchange& exchange = *upstream.exchange;
  const Duration latency = now_ - upstream.started;
  if (exchange.tries[1] != nullptr) {
    if (exchange.tries[1] == &upstream) stats_.hedges_won.add();
    drop_other_try(upstream);
  }
  exchange.answered_by = upstream.member;
  exchange.reused = upstream.reused;
  exchange.connect_time = upstream.connect_time;
  exchange.first_byte = now_ - exchange.began;
  exchange.pool->try_limit.handle_latency(latency);
  if (upstream.reused) upstream.member->trust.handle_reuse_ok(upstream.started - upstream.idle_since);
}

void Engine::begin_answer(Upstream& upstream, const ResponseHead& head, char* bytes, std::size_t size) {
  Exchange& exchange = *upstream.exchange;
  win(upstream);
  MemberRuntime& found = *upstream.member;
  found.stats.responses.add();
  if (head.status >= 500) found.stats.responses_5xx.add();
  note_outcome(found, head.status >= 500 ? OutcomeKind::ServerError : OutcomeKind::Ok, now_ - upstream.started);
  if (head.keep_alive_timeout_s >= 0) {
    found.trust.handle_keep_alive_header(std::chrono::seconds(head.keep_alive_timeout_s));
  }
  const AnswerFraming framing = framing_for(exchange, head);
  exchange.status = head.status;
  exchange.answer_chunked = framing == AnswerFraming::Chunked;
  exchange.upstream_keep_alive = head.keep_alive;
  // An answer before the request's end: the rest of the request is not read, so neither connection can go on.
  if (!upstream.request_sent || framing == AnswerFraming::Close) exchange.keep_alive = false;
  if (draining_closes() || exchange.client->dismissed) exchange.keep_alive = false;
  exchange.response.framing = head.framing;
  exchange.response.remaining = head.framing == Framing::Length ? head.content_length : 0;
  exchange.response.done =
      head.framing == Framing::None || (head.framing == Framing::Length && head.content_length == 0);
  count_status(head.status);

  HeadWriter writer({out_.get(), kOutBytes});
  write_answer_head(writer, head, {bytes, size},
                    {.framing = framing,
                     .keep_alive = exchange.keep_alive,
                     .http10 = exchange.http10,
                     .date = {date_, sizeof date_}});
  ledger_.slot(exchange.client->slot).phase.store(Phase::Answering, std::memory_order_release);
  exchange.answer_begun = true;
  char* body = bytes + head.size;
  const std::size_t body_size = size - head.size;
  std::size_t head_bytes = writer.size();
  if (body_size > kJoined || (exchange.response.done && body_size > 0)) {
    if (!send_to_client(exchange, {out_.get(), head_bytes})) return abort_exchange(exchange);
    head_bytes = 0;
  }
  const Next next = forward_answer(exchange, upstream, body, body_size, head_bytes);
  if (next == Next::Again) pump_answer(exchange);
}

// Sends `size` bytes of the body, as they came, with the `head_bytes` in out_ before them. Wait: the exchange is over.
Engine::Next Engine::forward_answer(Exchange& exchange, Upstream& upstream, char* bytes, std::size_t size,
                                    std::size_t head_bytes) {
  BodyReader& response = exchange.response;
  std::size_t payload = size;
  std::size_t excess = 0;
  if (response.framing == Framing::Chunked && size > 0) {
    const auto decoded = response.decoder.feed(bytes, size);
    if (decoded.refusal != wire::http1::Refusal::None) {
      upstream.member->stats.bad_responses.add();
      note_outcome(*upstream.member, OutcomeKind::BadResponse, {});
      if (head_bytes > 0) static_cast<void>(send_to_client(exchange, {out_.get(), head_bytes}));
      cut_answer(exchange);
      return Next::Wait;
    }
    payload = decoded.payload;
    response.done = decoded.done;
    excess = size - decoded.consumed;
  } else if (response.framing == Framing::Length) {
    payload = static_cast<std::size_t>(std::min<std::uint64_t>(size, response.remaining));
    response.remaining -= payload;
    response.done = response.remaining == 0;
    excess = size - payload;
  } else if (response.framing == Framing::None) {
    payload = 0;
    excess = size;
  }
  // Bytes behind the answer's end: whatever they are, the next answer on this connection would be in doubt.
  if (excess > 0) exchange.upstream_keep_alive = false;
  exchange.bytes_out += payload;
  std::string_view piece(bytes, payload);
  if (exchange.answer_chunked) piece = frame_chunk(bytes, payload, response.done);
  if (head_bytes > 0) {
    piece.copy(out_.get() + head_bytes, piece.size());
    piece = {out_.get(), head_bytes + piece.size()};
  }
  const Then then = response.done && !exchange.keep_alive ? Then::End : Then::More;
  if (!piece.empty() && !send_to_client(exchange, piece, then)) {
    abort_exchange(exchange);
    return Next::Wait;
  }
  if (!response.done || !exchange.to_client.empty()) return Next::Again;
  finish_answer(exchange);
  return Next::Wait;
}

// An answer may begin before its request ends, and then both bodies move.
void Engine::pump_both(Exchange& exchange) {
  const Downstream& client = *exchange.client;
  if (exchange.tries[0] != nullptr && !exchange.tries[0]->request_sent) pump_request(*exchange.tries[0]);
  if (client.exchange == &exchange) pump_answer(exchange);
}

// Moves the body on, one piece, as far as both sides let it.
void Engine::pump_answer(Exchange& exchange) {
  const Downstream& client = *exchange.client;
  for (bool moved = false;; moved = true) {
    if (!flush_to_client(exchange)) {
      if (client.broken) return abort_exchange(exchange);
      if (exchange.tries[0] != nullptr) wheel_.disarm(*exchange.tries[0]);  // the client is who we wait for
      return arm_client(exchange, true);
    }
    if (exchange.response.done) return finish_answer(exchange);
    Upstream& upstream = *exchange.tries[0];
    if (!upstream.readable) {
      hurry(upstream);
      wheel_.set(upstream, now_ + exchange.plan->plan->timeouts.body);
      return arm_client(exchange, false);
    }
    if (moved) return give_way(exchange);
    const Next next = may_splice(exchange) ? splice_answer(exchange, upstream) : read_answer(exchange, upstream);
    if (next == Next::Wait) return;
  }
}

// Both sides could go on; the loop's other connections come first. Nobody is late meanwhile but the loop itself.
void Engine::give_way(Exchange& exchange) {
  for (Upstream* upstream : exchange.tries) {
    if (upstream != nullptr) wheel_.disarm(*upstream);
  }
  arm_client(exchange, false);
  put_on_ready_list(*exchange.client);
}

// More must come from a peer whose last piece was small. One that writes a head and a body separately, with Nagle's
// algorithm on, holds the second back until the first is acknowledged, which our kernel delays by 40 ms on a connection
// that was used before. Full segments are not held back, and are acknowledged as they come.
void Engine::hurry(const Source& peer) {
  constexpr std::uint32_t kSmall = 1400;
  if (peer.last_read > kSmall) return;
  const int one = 1;
  setsockopt(peer.fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

// Wait: the exchange is over.
Engine::Next Engine::read_answer(Exchange& exchange, Upstream& upstream) {
  char* into = scratch_.get() + kFrameRoom;
  std::size_t room = kPieceBytes;
  // One byte more than the rest: a member that sends too much is found out at once.
  if (exchange.response.framing == Framing::Length) {
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, exchange.response.remaining + 1));
  }
  const ssize_t got = recv(upstream.fd, into, room, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    upstream.readable = errno == EINTR;
    return Next::Again;
  }
  if (got == 0 && exchange.response.framing == Framing::UntilClose) {
    exchange.response.done = true;
    return forward_answer(exchange, upstream, into, 0, 0);
  }
  if (got <= 0) {
    answer_ended_early(exchange, upstream);
    return Next::Wait;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size < room && !upstream.peer_closed) upstream.readable = false;
  upstream.last_read = static_cast<std::uint32_t>(size);
  return forward_answer(exchange, upstream, into, size, 0);
}

// Only a body that is passed on as it comes.
bool Engine::may_splice(Exchange& exchange) {
  const BodyReader& response = exchange.response;
  if (response.framing != Framing::Length || response.remaining < kSpliceFrom) return false;
  if (exchange.pipe == nullptr) exchange.pipe = pipes_.take();
  return exchange.pipe != nullptr;
}

// As read_answer(), into the pipe, which is empty.
Engine::Next Engine::splice_answer(Exchange& exchange, Upstream& upstream) {
  BodyReader& response = exchange.response;
  Pipe& pipe = *exchange.pipe;
  const std::size_t room = std::min<std::uint64_t>(kPieceBytes, response.remaining - kSpliceNot);
  const ssize_t got = splice(upstream.fd, nullptr, pipe.in.get(), nullptr, room, SPLICE_F_NONBLOCK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    upstream.readable = errno == EINTR;
    return Next::Again;
  }
  if (got <= 0) {
    answer_ended_early(exchange, upstream);
    return Next::Wait;
  }
  pipe.filled = upstream.last_read = static_cast<std::uint32_t>(got);
  response.remaining -= pipe.filled;
  exchange.bytes_out += pipe.filled;
  return Next::Again;
}

void Engine::answer_ended_early(Exchange& exchange, Upstream& upstream) {
  upstream.member->stats.resets.add();
  note_outcome(*upstream.member, OutcomeKind::Reset, {});
  cut_answer(exchange);
}

// All of the answer is with the client's socket, or the kernel's.
void Engine::finish_answer(Exchange& exchange) {
  if (Upstream* upstream = exchange.tries[0]; upstream != nullptr) {
    keep_or_close(*upstream, exchange.upstream_keep_alive && upstream->request_sent && !upstream->readable);
  }
  end_exchange(exchange);
}

// The answer cannot be completed. Its end is missing, and closing is how the client gets to know (RFC 9112 section 8).
void Engine::cut_answer(Exchange& exchange) {
  while (exchange.tries[0] != nullptr) close_upstream(*exchange.tries[0]);
  Downstream& client = *exchange.client;
  // A reset rather than an orderly end: a client that reads until the close must not take half for the whole.
  const struct linger hard { 1, 0 };
  setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  log_request(exchange, false);
  free_exchange(exchange);
  close_client(client);
}

}  // namespace stead::service::http
