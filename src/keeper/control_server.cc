#include "keeper/control_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace stead::keeper {

void ControlServer::list(PollSet& set) const {
  if (clients_.size() < kMaxClients) set.add(listening_->get(), POLLIN, Source::Control);
  for (const Client& client : clients_) {
    // One that waits is looked at too: poll() says when it goes, also where no event was asked for.
    const int events = !client.answer.empty() ? POLLOUT : client.said_all ? 0 : POLLIN;
    set.add(client.socket.get(), static_cast<short>(events), Source::ControlClient, client.id);
  }
}

void ControlServer::handle_listening(Instant now) {
  net::UniqueFd socket(accept4(listening_->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  Client client;
  client.id = next_id_++;
  client.socket = std::move(socket);
  client.deadline = now + kPatience;
  clients_.push_back(std::move(client));
}

void ControlServer::handle_client(ClientId id, Instant now) {
  Client* client = find(id);
  if (client == nullptr) return;
  if (!client->answer.empty()) return write(*client);
  if (client->said_all) return drop(id);
  read(*client, now);
}

void ControlServer::read(Client& client, Instant now) {
  std::array<char, kMaxLine> bytes;
  const ssize_t got = ::read(client.socket.get(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got == 0 && client.asked) {
    client.said_all = true;
    return;
  }
  // Whoever has asked has nothing more to say.
  if (got <= 0 || client.asked) return drop(client.id);
  client.line.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = client.line.find('\n');
  if (end == std::string::npos && client.line.size() < kMaxLine) return;
  const std::optional<ControlRequest> request = parse_request(std::string_view(client.line).substr(0, end));
  client.asked = true;
  client.deadline = Instant::max();
  if (request) {
    requests_.push_back({client.id, *request});
  } else {
    answer(client.id, {.ok = false, .text = "ask for reload, upgrade, stop or status", .status = {}}, now);
  }
}

void ControlServer::handle_tick(Instant now) {
  std::erase_if(clients_, [&](const Client& client) { return now >= client.deadline; });
}

std::optional<ControlServer::Asked> ControlServer::poll_request() {
  if (requests_.empty()) return std::nullopt;
  Asked asked = requests_.front();
  requests_.pop_front();
  return asked;
}

void ControlServer::answer(ClientId id, const ControlReply& reply, Instant now) {
  Client* client = find(id);
  if (client == nullptr) return;
  client->answer = encode(reply);
  client->deadline = now + kPatience;
  write(*client);
}

void ControlServer::write(Client& client) {
  const ssize_t sent = send(client.socket.get(), client.answer.data(), client.answer.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (sent < 0 || static_cast<std::size_t>(sent) == client.answer.size()) return drop(client.id);
  client.answer.erase(0, static_cast<std::size_t>(sent));
}

net::SharedFd ControlServer::client_socket(ClientId id) const {
  const auto found = std::ranges::find(clients_, id, &Client::id);
  return found == clients_.end() ? nullptr : net::share(net::duplicate(found->socket.get()));
}

ClientId ControlServer::restore_client(const net::SharedFd& socket) {
  Client client;
  client.id = next_id_++;
  client.socket = net::duplicate(net::raw(socket));
  client.asked = true;
  clients_.push_back(std::move(client));
  return clients_.back().id;
}

ControlServer::Client* ControlServer::find(ClientId id) {
  const auto found = std::ranges::find(clients_, id, &Client::id);
  return found == clients_.end() ? nullptr : &*found;
}

void ControlServer::drop(ClientId id) {
  std::erase_if(clients_, [&](const Client& client) { return client.id == id; });
}

}  // namespace stead::keeper
