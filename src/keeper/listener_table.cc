#include "keeper/listener_table.h"

#include <algorithm>
#include <utility>

#include "config/address.h"

namespace stead::keeper {
namespace {

const OpenListener* find(std::span<const OpenListener> open, const config::Endpoint& endpoint) {
  const auto found = std::ranges::find(open, endpoint, &OpenListener::endpoint);
  return found == open.end() ? nullptr : &*found;
}

bool overlap(const config::Endpoint& one, const config::Endpoint& other) {
  return one.port == other.port && (config::is_wildcard(one.address) || config::is_wildcard(other.address));
}

// A wildcard and one of its addresses cannot listen on one port at the same time: neither can replace the other without
// a moment in which nobody listens, and that moment is what a reload promises not to have.
std::string explain(const std::string& why, const config::Listener& wanted, std::span<const OpenListener> open) {
  for (const OpenListener& other : open) {
    if (overlap(wanted.endpoint, other.endpoint)) {
      return why + " (here it is this Stead's own listener " + other.name + ": to replace it by " + wanted.name +
             ", restart Stead, or use another port)";
    }
  }
  return why;
}

}  // namespace

std::vector<ListenerFailure> StagedListeners::new_failures(std::span<const ListenerFailure> known) const {
  std::vector<ListenerFailure> result;
  for (const ListenerFailure& failed : failures) {
    const auto before = std::ranges::find(known, failed.endpoint, &ListenerFailure::endpoint);
    if (before == known.end()) result.push_back(failed);
  }
  return result;
}

StagedListeners ListenerTable::stage(std::span<const config::Listener> wanted, const Bind& bind) const {
  StagedListeners staged;
  staged.next_id = next_id_;
  for (const config::Listener& listener : wanted) {
    if (find(staged.open, listener.endpoint) != nullptr) continue;  // two names for one place
    if (const OpenListener* open = find(open_, listener.endpoint); open != nullptr) {
      staged.open.push_back({open->id, listener.name, open->endpoint, open->socket});
      continue;
    }
    Result<net::UniqueFd> socket = bind(listener);
    if (!socket) {
      staged.failures.push_back({listener.name, listener.endpoint, explain(socket.error().message, listener, open_)});
      continue;
    }
    staged.open.push_back({staged.next_id++, listener.name, listener.endpoint, net::share(std::move(*socket))});
    staged.opened.push_back(listener.name);
  }
  return staged;
}

bool ListenerTable::complete(std::span<const config::Listener> wanted) const {
  return std::ranges::all_of(wanted, [&](const config::Listener& one) { return find(open_, one.endpoint) != nullptr; });
}

void ListenerTable::commit(StagedListeners staged) {
  open_ = std::move(staged.open);
  failures_ = std::move(staged.failures);
  next_id_ = std::max(next_id_, staged.next_id);
}

void ListenerTable::adopt(net::SharedFd socket, config::Endpoint endpoint, std::string name) {
  open_.push_back({next_id_++, std::move(name), std::move(endpoint), std::move(socket)});
}

void ListenerTable::restore(std::vector<OpenListener> open, std::uint32_t next_id) {
  open_ = std::move(open);
  next_id_ = next_id;
}

void ListenerTable::close_all() {
  open_.clear();
  failures_.clear();
}

std::vector<ListenerSocket> sockets_of(std::span<const OpenListener> open) {
  std::vector<ListenerSocket> sockets;
  sockets.reserve(open.size());
  for (const OpenListener& listener : open) sockets.push_back({listener.id, listener.name, listener.socket});
  return sockets;
}

}  // namespace stead::keeper
