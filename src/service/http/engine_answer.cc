// Answers of our own, which need no member, and the access record of every request.
#include <sys/socket.h>

#include <charconv>
#include <iterator>

#include "service/http/access_record.h"
#include "service/http/engine.h"
#include "service/http/head_rewrite.h"

namespace stead::service::http {

using wire::http1::HeadWriter;

void Engine::answer_fixed(Exchange& exchange, const RoutePlan& route, std::string_view location) {
  OwnAnswer own;
  own.status = route.status;
  own.body = route.body;
  if (!route.content_type.empty()) own.content_type = route.content_type;
  own.location = location;
  send_own_answer(exchange, own);
}

void Engine::answer(Exchange& exchange, std::uint16_t status, std::string_view text, std::string_view allow) {
  if (status >= 500) {
    stats_.own_5xx.add();
  } else if (status >= 400) {
    stats_.own_4xx.add();
  }
  OwnAnswer own;
  own.status = status;
  own.body = text;
  own.allow = allow;
  own.request_id = exchange.request_id;
  if (status == 503) own.retry_after_s = 1;
  send_own_answer(exchange, own);
}

void Engine::send_own_answer(Exchange& exchange, const OwnAnswer& own) {
  // Rather than read a body that nobody wants: the connection ends after the answer.
  if (!exchange.request.done) exchange.keep_alive = false;
  exchange.status = own.status;
  exchange.answer_begun = true;
  exchange.bytes_out = own.body.size();
  AnswerStyle style;
  style.keep_alive = exchange.keep_alive;
  style.http10 = exchange.http10;
  style.date = {date_, sizeof date_};
  const bool head_only = exchange.method == wire::http1::Method::Head;
  ledger_.slot(exchange.client->slot).phase.store(Phase::Answering, std::memory_order_release);
  HeadWriter writer({out_.get(), kOutBytes});
  write_own_answer(writer, own, style, head_only);
  exchange.response.done = true;
  count_status(exchange.status);
  const Then then = exchange.keep_alive ? Then::More : Then::End;
  if (!send_to_client(exchange, {out_.get(), writer.size()}, then)) return abort_exchange(exchange);
  if (!exchange.to_client.empty()) return arm_client(exchange, true);
  end_exchange(exchange);
}

// For a head that was refused or never ended: there is no request to log but this.
void Engine::answer_without_request(Downstream& client, std::uint16_t status, std::string_view text) {
  stats_.own_4xx.add(status < 500 ? 1 : 0);
  stats_.own_5xx.add(status >= 500 ? 1 : 0);
  count_status(status);
  AnswerStyle style;
  style.keep_alive = false;
  style.date = {date_, sizeof date_};
  OwnAnswer own;
  own.status = status;
  own.body = text;
  HeadWriter writer({out_.get(), kOutBytes});
  write_own_answer(writer, own, style, false);
  ledger_.slot(client.slot).phase.store(Phase::Answering, std::memory_order_release);
  // A few hundred bytes into an empty socket; one that does not take them is not worth more.
  static_cast<void>(send(client.fd, out_.get(), writer.size(), MSG_NOSIGNAL));
  linger(client);
}

// A request of a dead worker that may have been processed: the client is told that nobody knows.
void Engine::answer_unknown_outcome(Downstream& client) {
  answer_without_request(client, 502, "the request was interrupted, and may or may not have been carried out\n");
}

void Engine::count_status(std::uint16_t status) {
  if (status >= 500) {
    stats_.responses_5xx.add();
  } else if (status >= 400) {
    stats_.responses_4xx.add();
  } else {
    stats_.responses_1xx_3xx.add();
  }
}

void Engine::log_request(const Exchange& exchange, bool client_aborted) {
  stats_.latency.add(now_ - exchange.began);
  if (options_.access_log == nullptr || !exchange.plan->plan->access_log) return;
  const Slot& slot = ledger_.slot(exchange.client->slot);
  AccessRecord record;
  const Duration total = now_ - exchange.began;
  record.wall_ns = (wall_at_tick_ + (exchange.began - tick_at_)).time_since_epoch().count();
  record.connect_ns = exchange.connect_time.count();
  record.first_byte_ns = exchange.first_byte.count();
  record.total_ns = total.count();
  record.bytes_in = exchange.bytes_in;
  record.bytes_out = exchange.bytes_out;
  record.status = exchange.answer_begun ? exchange.status : std::uint16_t{0};
  record.tries = exchange.try_count;
  record.flags = static_cast<std::uint8_t>(
      (exchange.hedged ? AccessRecord::kHedged : 0) | (exchange.reused ? AccessRecord::kReused : 0) |
      (exchange.was_queued ? AccessRecord::kQueued : 0) | (client_aborted ? AccessRecord::kClientAbort : 0));
  // The head is still in the page, unless a chunked upload with a request behind it took its place.
  std::string_view method;
  std::string_view host;
  std::string_view target;
  if (!exchange.page_replaced && slot.page != kNoPage) {
    const std::string_view head(ledger_.page(slot.page) + slot.begin, exchange.head_size);
    method = exchange.method_token.in(head).substr(0, 32);
    host = exchange.authority.in(head).substr(0, 255);
    target = exchange.target.in(head).substr(0, 2048);
  }
  char client[kAddressText + 8];
  std::size_t client_length = write_address(slot.peer, client);
  client[client_length++] = ':';
  client_length =
      static_cast<std::size_t>(std::to_chars(client + client_length, std::end(client), slot.peer.port).ptr - client);
  char id[kRequestIdText];
  write_request_id(exchange.request_id, id);
  const std::string_view member_name = exchange.answered_by != nullptr
                                           ? std::string_view(exchange.answered_by->name).substr(0, 255)
                                           : std::string_view{};
  record.client_length = static_cast<std::uint8_t>(client_length);
  record.method_length = static_cast<std::uint8_t>(method.size());
  record.host_length = static_cast<std::uint16_t>(host.size());
  record.target_length = static_cast<std::uint16_t>(target.size());
  record.member_length = static_cast<std::uint8_t>(member_name.size());
  record.request_id_length = sizeof id;
  const std::string_view fixed(reinterpret_cast<const char*>(&record), sizeof record);
  if (!options_.access_log->push(
          {fixed, {client, client_length}, method, host, target, member_name, {id, sizeof id}})) {
    stats_.log_dropped.add();
  }
}

}  // namespace stead::service::http
