// The loop itself: wait, handle events, fire deadlines, obey the control loop, accept clients, and at the end of the
// turn free what was closed. What a request goes through is in the other engine_*.cc.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "net/clock.h"
#include "service/http/engine.h"
#include "wire/http1/date.h"

namespace stead::service::http {

namespace {

// A busy loop still looks at its deadlines every tick; an idle one only beats.
constexpr int kBusyWaitMs = 5;
constexpr int kIdleWaitMs = 50;
constexpr Duration kStall = 100ms;
// How many connections one wake-up accepts before it serves the others; the rest stay for the other loops, or the next
// turn.
constexpr int kAcceptBurst = 64;

PeerAddress peer_of(const sockaddr_storage& from) {
  PeerAddress peer;
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::memcpy(peer.bytes, &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
    peer.length = 4;
  } else if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(peer.bytes, &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
    peer.length = 16;
  }
  return peer;
}

}  // namespace

Engine::Engine(DataLoopOptions options)
    : options_(std::move(options)),
      now_(net::steady_now()),
      poller_(net::Poller::create().value()),
      wheel_(now_),
      random_(static_cast<std::uint64_t>(now_.time_since_epoch().count()) ^
              (std::uint64_t{static_cast<std::uint32_t>(getpid())} << 32U) ^ options_.index),
      ledger_(options_.ledger),
      mailbox_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratchBytes)),
      out_(std::make_unique_for_overwrite<char[]>(kOutBytes)) {
  mailbox_source_.fd = mailbox_event_.get();
  poller_.add(mailbox_source_.fd, EPOLLIN, &mailbox_source_).value();
  update_clocks();
}

Engine::~Engine() {
  cut_all_clients();
  for (const auto& found : known_members_) close_idle_of(*found);
  free_closed();
  if (plan_ != nullptr) release_plan(plan_);
}

void Engine::run() {
  while (!stopping_) turn();
  report_now_ = true;
  report_outcomes();
}

void Engine::turn() {
  const std::span<const epoll_event> events = poller_.wait(wait_ms());
  now_ = net::steady_now();
  if (options_.beat != nullptr) options_.beat->store(now_.time_since_epoch().count(), std::memory_order_release);
  for (const epoll_event& event : events) dispatch(event);
  wheel_.advance(now_, [this](net::Timer& timer) { fire(timer); });
  if (!ready_.empty()) {
    if (mailbox_waits_.load(std::memory_order_acquire)) run_commands();
    run_ready_list();
  }
  if (queue_ready_) serve_queues();
  if (now_ >= next_20_ms_) each_20_ms();
  if (now_ >= next_100_ms_) each_100_ms();
  if (report_now_) report_outcomes();
  free_closed();
  if (!events.empty() && net::steady_now() - now_ > kStall) stats_.stalls.add();
}

int Engine::wait_ms() const {
  if (!ready_.empty()) return 0;
  return exchanges_.used() > 0 || draining_ ? kBusyWaitMs : kIdleWaitMs;
}

void Engine::note_readiness(Source& source, std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) source.readable = true;
  if ((events & EPOLLOUT) != 0) source.writable = true;
  if ((events & EPOLLRDHUP) != 0) source.peer_closed = true;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) source.broken = source.writable = true;
}

void Engine::dispatch(const epoll_event& event) {
  auto& source = *static_cast<Source*>(event.data.ptr);
  if (source.closed) return;
  // What was ordered before a client came applies to it: who posts an order may say at once that it is in effect.
  if (mailbox_waits_.load(std::memory_order_acquire)) run_commands();
  if (source.closed) return;
  switch (source.kind) {
    case Source::Kind::Downstream:
      note_readiness(source, event.events);
      on_client(static_cast<Downstream&>(source));
      break;
    case Source::Kind::Upstream:
      note_readiness(source, event.events);
      on_upstream(static_cast<Upstream&>(source));
      break;
    case Source::Kind::Listener:
      accept_clients(static_cast<ListenerSource&>(source));
      break;
    case Source::Kind::Mailbox:
      run_commands();
      break;
  }
}

void Engine::post(Command command) {
  {
    const std::lock_guard lock(mailbox_mutex_);
    mailbox_.push_back(std::move(command));
    mailbox_waits_.store(true, std::memory_order_release);
  }
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then the loop is awake already.
  [[maybe_unused]] const ssize_t written = write(mailbox_event_.get(), &one, sizeof one);
}

void Engine::run_commands() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(mailbox_event_.get(), &count, sizeof count);
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mailbox_mutex_);
    commands.swap(mailbox_);
    mailbox_waits_.store(false, std::memory_order_relaxed);
  }
  for (Command& command : commands) command(*this);
}

void Engine::fire(net::Timer& timer) {
  auto& source = static_cast<Source&>(timer);
  if (source.closed) return;
  if (source.kind == Source::Kind::Downstream) on_client_timer(static_cast<Downstream&>(source));
  if (source.kind == Source::Kind::Upstream) on_upstream_timer(static_cast<Upstream&>(source));
}

void Engine::each_20_ms() {
  next_20_ms_ = now_ + 20ms;
  if (queued_ > 0) serve_queues();
  if (draining_) drain_step();
}

void Engine::each_100_ms() {
  next_100_ms_ = now_ + 100ms;
  if (dismissed_until_ && now_ >= *dismissed_until_) close_dismissed();
  update_clocks();
  report_now_ = true;
  if (listeners_paused_) resume_listeners();
  for (const auto& pool_runtime : pools_) {
    if (pool_runtime != nullptr && pool_runtime->warming) refresh_weights(*pool_runtime);
  }
}

void Engine::update_clocks() {
  wall_at_tick_ = net::wall_now();
  tick_at_ = now_;
  wire::http1::format_date(wall_at_tick_, date_);
}

void Engine::run_ready_list() {
  std::vector<Downstream*> ready;
  ready.swap(ready_);
  for (Downstream* client : ready) {
    client->in_ready_list = false;
    if (!client->closed) on_client(*client);
  }
}

void Engine::put_on_ready_list(Downstream& client) {
  if (client.in_ready_list) return;
  client.in_ready_list = true;
  ready_.push_back(&client);
}

void Engine::free_closed() {
  // A client in the ready list was named for the next turn: it must not be freed before that.
  if (!ready_.empty()) std::erase_if(ready_, [](const Downstream* client) { return client->closed; });
  for (Downstream* client : closed_downstreams_) downstreams_.release(client);
  closed_downstreams_.clear();
  for (Upstream* upstream : closed_upstreams_) upstreams_.release(upstream);
  closed_upstreams_.clear();
  removed_listeners_.clear();
}

void Engine::watch(Source& source) {
  if (source.registered) return;
  source.registered = poller_.add(source.fd, net::Poller::kConnection, &source).has_value();
}

// True: there may be more.
bool Engine::accept_clients(ListenerSource& listener) {
  for (int i = 0; i < kAcceptBurst; ++i) {
    if (client_count_ >= plan_->plan->max_connections) {
      pause(listener);
      return false;
    }
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int fd = accept4(listener.fd, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause(listener);
      return false;  // EAGAIN: another loop was faster, or nobody waits
    }
    stats_.accepted.add();
    Downstream* client = add_client(fd, listener.id, peer_of(from));
    // Most often the request is there already; looking at once saves registering a connection that ends with its
    // answer.
    if (client == nullptr) continue;
    if (mailbox_waits_.load(std::memory_order_acquire)) {
      // It may have been told that a new plan is in effect: that comes first.
      put_on_ready_list(*client);
    } else {
      serve(*client);
    }
  }
  return true;
}

void Engine::add_listener(ListenerId id, int fd) {
  if (draining_) return;
  // Accepted sockets inherit it, which saves a call for each.
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto listener = std::make_unique<ListenerSource>(id, fd);
  if (poller_.add(fd, net::Poller::kListener, listener.get())) listeners_.push_back(std::move(listener));
}

void Engine::remove_listener(ListenerId id) {
  for (auto& listener : listeners_) {
    if (listener->id != id) continue;
    poller_.remove(listener->fd);
    listener->closed = true;
    removed_listeners_.push_back(std::move(listener));
  }
  std::erase(listeners_, nullptr);
}

// The listener is level-triggered: without this the loop would spin on clients that it cannot take.
void Engine::pause(ListenerSource& listener) {
  stats_.accept_pauses.add();
  poller_.remove(listener.fd);
  listener.paused = listeners_paused_ = true;
}

void Engine::resume_listeners() {
  listeners_paused_ = false;
  for (const auto& listener : listeners_) {
    if (!listener->paused) continue;
    listener->paused = !poller_.add(listener->fd, net::Poller::kListener, listener.get());
    listeners_paused_ = listeners_paused_ || listener->paused;
  }
}

// nullptr: there is no place left; the connection was closed.
Downstream* Engine::add_client(int fd, ListenerId listener, const PeerAddress& peer) {
  const std::uint32_t slot_index = ledger_.acquire_slot();
  if (slot_index == kNoSlot) {
    close(fd);
    return nullptr;
  }
  Downstream* client = downstreams_.acquire();
  client->fd = fd;
  client->listener = listener;
  client->slot = slot_index;
  Slot& slot = ledger_.slot(slot_index);
  slot.fd = fd;
  slot.listener = listener;
  slot.peer = peer;
  slot.page = kNoPage;
  slot.begin = 0;
  slot.end.store(0, std::memory_order_relaxed);
  slot.phase.store(Phase::Resumable, std::memory_order_release);
  client->next = clients_;
  if (clients_ != nullptr) clients_->previous = client;
  clients_ = client;
  ++client_count_;
  stats_.connections.add();
  wheel_.set(*client, now_ + plan_->plan->timeouts.head);
  return client;
}

}  // namespace stead::service::http
