// The worker's side of its channel to the keeper, on the control loop: messages in, messages out, and the moment when
// the keeper is gone.
//
// A message that cannot be understood is complained about and left; it never ends the worker. Sending does not wait:
// what the socket does not take stays here until it does. Of State, which may come often, only the latest waits.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <string>

#include "keeper/protocol.h"
#include "net/message_socket.h"

namespace stead::worker {

class KeeperLink {
 public:
  static constexpr std::size_t kMaxWaiting = 64;

  struct Hooks {
    std::function<void(keeper::ToWorker message)> message;
    std::function<void()> gone;  // once for each connection; the link is unconnected from then on
    std::function<void(const std::string& complaint)> complain;
  };

  KeeperLink(boost::asio::io_context& loop, Hooks hooks);
  ~KeeperLink();
  KeeperLink(const KeeperLink&) = delete;
  KeeperLink& operator=(const KeeperLink&) = delete;

  // Instead of the connection before, if there was one. What waited for that is forgotten.
  void connect(net::MessageSocket socket);
  // Closes the connection on our side; what waits is lost.
  void disconnect();
  // Without a keeper: nowhere.
  void send(const keeper::ToKeeper& message);
  [[nodiscard]] bool connected() const { return static_cast<bool>(socket_); }

 private:
  struct Waiting {
    net::Packet packet;
    bool state = false;
  };

  void read();
  void on_readable();
  void write();

  const Hooks hooks_;
  net::MessageSocket socket_;
  // Watches socket_'s descriptor, which it does not own.
  boost::asio::posix::stream_descriptor watch_;
  std::uint64_t connection_ = 0;  // counts, so that a late completion is known for what it is
  std::deque<Waiting> waiting_;
  bool writing_ = false;
};

}  // namespace stead::worker
