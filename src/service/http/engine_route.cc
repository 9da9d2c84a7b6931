// A request finds its route: to a pool, or to an answer that needs no member.
#include <algorithm>
#include <cstring>

#include "service/http/engine.h"

namespace stead::service::http {

using wire::http1::Framing;
using wire::http1::Method;
using wire::http1::RequestHead;

void Engine::begin_exchange(Downstream& client, const RequestHead& head, std::string_view bytes) {
  Exchange& exchange = *exchanges_.acquire();
  exchange.client = &client;
  exchange.plan = plan_;
  ++plan_->references;
  client.exchange = &exchange;
  client.state = Downstream::State::Busy;
  parsed_for_ = client.partial ? nullptr : &exchange;
  exchange.began = now_;
  exchange.request_id = random_.next();
  exchange.method = head.method;
  exchange.http10 = head.minor_version == 0;
  exchange.keep_alive = head.keep_alive && !draining_closes() && !client.dismissed;
  exchange.expect_continue = head.expect_continue && !exchange.http10;
  exchange.head_size = head.size;
  exchange.method_token = head.method_token;
  exchange.authority = head.authority;
  exchange.target = head.target;
  set_body_plan(exchange, head, bytes);
  stats_.requests.add();
  arm_client(exchange, false);
  route(exchange, head, bytes);
}

// How the body will be read. Where all of it fits the page, it stays there, so that the request can be sent again.
void Engine::set_body_plan(Exchange& exchange, const RequestHead& head, std::string_view bytes) {
  exchange.request_framing = head.framing;
  exchange.request.framing = head.framing;
  exchange.replayable = head.framing == Framing::None;
  if (head.framing == Framing::Length) {
    const std::uint64_t here = std::min<std::uint64_t>(bytes.size() - head.size, head.content_length);
    exchange.page_body = static_cast<std::uint32_t>(here);
    exchange.request.remaining = head.content_length - here;
    exchange.request.done = exchange.request.remaining == 0;
    const Slot& slot = ledger_.slot(exchange.client->slot);
    exchange.replayable = slot.begin + head.size + head.content_length <= kPageBytes;
  } else if (head.framing == Framing::Chunked) {
    exchange.request.done = false;
  }
  exchange.bytes_in = exchange.page_body;
}

void Engine::route(Exchange& exchange, const RequestHead& head, std::string_view bytes) {
  if (head.method == Method::Connect) {
    exchange.keep_alive = false;  // what follows may be meant for the tunnel that it asked for
    return answer(exchange, 501, "CONNECT is not served here\n");
  }
  const Plan& plan = *exchange.plan->plan;
  const ListenerPlan* listener = plan.find_listener(exchange.client->listener);
  if (listener == nullptr) return answer(exchange, 404, "nothing is served here any more\n");
  const auto found = listener->router->find(head.authority.in(bytes), head.method_token.in(bytes), head.path.in(bytes));
  if (!found) {
    if (found.error() == core::route::Miss::MethodNotAllowed) {
      const std::string allowed = listener->router->allowed_methods(head.authority.in(bytes), head.path.in(bytes));
      return answer(exchange, 405, "no route takes this method here\n", allowed);
    }
    return answer(
        exchange, 404,
        found.error() == core::route::Miss::NoHost ? "no site has this host name\n" : "no route matches this path\n");
  }
  const RoutePlan& chosen = plan.routes[*found];
  switch (chosen.kind) {
    case config::RouteKind::Answer:
      return answer_fixed(exchange, chosen, {});
    case config::RouteKind::Redirect: {
      std::string location = chosen.location;
      const std::size_t at = location.find("{path}");
      if (at != std::string::npos) {
        std::string path(head.path.in(bytes));
        path += head.query.in(bytes);
        location.replace(at, std::strlen("{path}"), path);
      }
      return answer_fixed(exchange, chosen, location);
    }
    case config::RouteKind::Pool:
      return enter_pool(exchange, *exchange.plan->pools[chosen.pool]);
  }
}

void Engine::enter_pool(Exchange& exchange, PoolRuntime& pool_runtime) {
  exchange.pool = &pool_runtime;
  pool_runtime.budget.handle_request(now_);
  // Nobody overtakes those who wait for room. Where nobody is alive, a new request is as good a probe as any.
  if (pool_runtime.queue_first != nullptr && !pool_runtime.all_down && may_queue(exchange)) return enqueue(exchange);
  start_try(exchange);
}

}  // namespace stead::service::http
