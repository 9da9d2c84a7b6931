// The keeper's side of keeper.sock (control.h): takes lines from clients, hands over requests, sends answers when there
// are any. Bounded in everything, and never waits for a client.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "keeper/control.h"
#include "keeper/poll_set.h"
#include "net/unique_fd.h"

namespace stead::keeper {

// Who asked; 0: nobody who waits for an answer.
using ClientId = std::uint32_t;

class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;  // further ones wait in the kernel
  static constexpr std::size_t kMaxLine = 128;
  static constexpr Duration kPatience = 5s;  // for the line, and for taking the answer

  struct Asked {
    ClientId client = 0;
    ControlRequest request;
  };

  explicit ControlServer(net::SharedFd listening) : listening_(std::move(listening)) {}

  void list(PollSet& set) const;
  void handle_listening(Instant now);
  void handle_client(ClientId id, Instant now);
  void handle_tick(Instant now);
  [[nodiscard]] std::optional<Asked> poll_request();

  // Nothing happens where the client has gone in the meantime.
  void answer(ClientId id, const ControlReply& reply, Instant now);
  // The client's connection, for the keeper's next life; null: it has gone. And back.
  [[nodiscard]] net::SharedFd client_socket(ClientId id) const;
  [[nodiscard]] ClientId restore_client(const net::SharedFd& socket);

  [[nodiscard]] const net::SharedFd& listening() const { return listening_; }

 private:
  struct Client {
    ClientId id = 0;
    net::UniqueFd socket;
    std::string line;       // so far
    bool asked = false;     // waits for us; before, we wait for it
    bool said_all = false;  // has closed its sending side, as `nc` does, and still wants the answer
    std::string answer;     // what it has not taken yet
    Instant deadline = Instant::max();
  };

  [[nodiscard]] Client* find(ClientId id);
  void read(Client& client, Instant now);
  void write(Client& client);
  void drop(ClientId id);

  net::SharedFd listening_;
  std::vector<Client> clients_;
  std::deque<Asked> requests_;
  ClientId next_id_ = 1;
};

}  // namespace stead::keeper
