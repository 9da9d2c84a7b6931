// The end of a worker: clients finish and leave, or go to its successor when they are between two requests. And the
// other side of it: taking over a connection from an earlier worker.
#include <sys/socket.h>

#include <algorithm>

#include "service/http/engine.h"
#include "service/http/succession_message.h"

namespace stead::service::http {

namespace {

// A client may have sent its next request at the moment we decided to end: so long an idle connection stays open, for
// that request to get its answer rather than a reset.
constexpr Duration kIdleGrace = 250ms;

// What has arrived is about to be announced, and will be answered: closing now would send a reset in its place.
bool has_unread(const Downstream& client) {
  char byte = 0;
  return recv(client.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

void Engine::begin_drain(int successor_socket, Instant deadline, DrainDone done) {
  // Without a successor, who is in the kernel's queue has nobody but us: a reset would be their answer.
  if (successor_socket < 0) accept_all_that_wait();
  for (const auto& listener : listeners_) {
    poller_.remove(listener->fd);
    listener->closed = true;
  }
  removed_listeners_ = std::move(listeners_);
  listeners_.clear();
  draining_ = true;
  drain_deadline_ = deadline;
  idle_until_ = now_ + kIdleGrace;
  successor_ = successor_socket;
  drain_done_ = std::move(done);
  drain_step();
}

void Engine::accept_all_that_wait() {
  constexpr int kRounds = 64;  // of kAcceptBurst each: a flood must not keep us from ending
  for (const auto& listener : listeners_) {
    for (int round = 0; round < kRounds && !listener->paused; ++round) {
      if (!accept_clients(*listener)) break;
    }
  }
}

// Every 20 ms: idle clients go; at the deadline all do.
void Engine::drain_step() {
  if (stopping_) return;  // reported already, earlier in this turn: a second report would count for another loop
  for (Downstream* client = clients_; client != nullptr;) {
    Downstream* next = client->next;
    if (client->state == Downstream::State::Reading) leave(*client);
    client = next;
  }
  if (client_count_ > 0 && now_ < drain_deadline_) return;
  const DrainReport report{.index = options_.index, .cut = client_count_};
  cut_all_clients();
  stopping_ = true;
  if (drain_done_) drain_done_(report);
}

// What is under way is finished, however long it takes; idle connections are closed only at the deadline, since each
// may be about to be used.
void Engine::dismiss(ListenerId listener, Instant deadline) {
  for (Downstream* client = clients_; client != nullptr; client = client->next) {
    if (client->listener == listener) client->dismissed = true;
  }
  dismissed_until_ = std::max(deadline, dismissed_until_.value_or(deadline));
}

void Engine::close_dismissed() {
  dismissed_until_.reset();
  for (Downstream* client = clients_; client != nullptr;) {
    Downstream* next = client->next;
    const bool idle = client->state == Downstream::State::Reading && !client->head_begun;
    if (client->dismissed && idle && !has_unread(*client)) close_client(*client);
    client = next;
  }
}

// A client that waits for no answer goes: to the successor with what it has sent, or away.
void Engine::leave(Downstream& client) {
  if (successor_ >= 0 && hand_to_successor(client)) return;
  if (!client.head_begun && now_ >= idle_until_ && !has_unread(client)) close_client(client);
}

void Engine::cut_all_clients() {
  while (clients_ != nullptr) {
    Downstream& client = *clients_;
    if (client.exchange != nullptr) {
      abort_exchange(*client.exchange);
    } else {
      close_client(client);
    }
  }
}

// True: the client is the successor's now. False: its socket is full; later.
bool Engine::hand_to_successor(Downstream& client) {
  const Slot& slot = ledger_.slot(client.slot);
  std::string_view bytes;
  if (slot.page != kNoPage) {
    bytes = {ledger_.page(slot.page) + slot.begin, slot.end.load(std::memory_order_relaxed) - slot.begin};
  }
  if (!send_connection(successor_, client.fd, {.listener = client.listener, .peer = slot.peer}, bytes)) return false;
  stats_.handed_over.add();
  close_client(client);
  return true;
}

void Engine::adopt(Adopted adopted) {
  stats_.adopted.add();
  Downstream* client = add_client(adopted.fd.get(), adopted.listener, adopted.peer);
  static_cast<void>(adopted.fd.release());  // add_client closed it where it had no place for it
  if (client == nullptr) return;
  if (adopted.phase == Phase::Unrepeatable) return answer_unknown_outcome(*client);
  Slot& slot = ledger_.slot(client->slot);
  if (!adopted.bytes.empty()) {
    slot.page = ledger_.acquire_page();
    if (slot.page == kNoPage || adopted.bytes.size() > kPageBytes) return close_client(*client);
    adopted.bytes.copy(ledger_.page(slot.page), adopted.bytes.size());
    slot.end.store(static_cast<std::uint32_t>(adopted.bytes.size()), std::memory_order_release);
    stats_.replayed.add();
  }
  serve(*client);
}

}  // namespace stead::service::http
