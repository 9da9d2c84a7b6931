#include "worker/keeper_link.h"

#include <utility>
#include <variant>

namespace stead::worker {

using boost::asio::posix::stream_descriptor;

KeeperLink::KeeperLink(boost::asio::io_context& loop, Hooks hooks) : hooks_(std::move(hooks)), watch_(loop) {}

KeeperLink::~KeeperLink() { disconnect(); }

void KeeperLink::connect(net::MessageSocket socket) {
  disconnect();
  socket_ = std::move(socket);
  watch_.assign(socket_.fd());
  read();
}

void KeeperLink::disconnect() {
  if (watch_.is_open()) static_cast<void>(watch_.release());
  socket_ = net::MessageSocket();
  ++connection_;
  waiting_.clear();
  writing_ = false;
}

void KeeperLink::read() {
  watch_.async_wait(stream_descriptor::wait_read, [this, of = connection_](const boost::system::error_code& error) {
    if (!error && of == connection_) on_readable();
  });
}

void KeeperLink::on_readable() {
  const std::uint64_t of = connection_;
  while (of == connection_) {
    Result<net::Received> received = socket_.receive();
    if (!received) {
      hooks_.complain("a message of the keeper was lost: " + received.error().message);
      break;
    }
    if (received->kind == net::Received::Kind::Nothing) break;
    if (received->kind == net::Received::Kind::Closed) {
      disconnect();
      return hooks_.gone();
    }
    Result<keeper::ToWorker> message = keeper::decode_to_worker(received->packet);
    if (message) {
      hooks_.message(std::move(*message));
    } else {
      hooks_.complain("a message of the keeper is not understood: " + message.error().message);
    }
  }
  if (of == connection_) read();
}

void KeeperLink::send(const keeper::ToKeeper& message) {
  if (!connected()) return;
  Result<net::Packet> packet = keeper::encode(message);
  if (!packet) return hooks_.complain("a message to the keeper cannot be made: " + packet.error().message);
  const bool state = std::holds_alternative<keeper::State>(message);
  if (state) std::erase_if(waiting_, [](const Waiting& one) { return one.state; });
  if (waiting_.size() >= kMaxWaiting) return hooks_.complain("the keeper does not read: a message to it is lost");
  waiting_.push_back({std::move(*packet), state});
  write();
}

void KeeperLink::write() {
  while (!waiting_.empty()) {
    const Result<> sent = socket_.send(waiting_.front().packet);
    if (!sent && sent.error().code == EAGAIN) break;
    // Any other failure is the keeper's end being gone, which the reading side finds out.
    waiting_.pop_front();
  }
  if (waiting_.empty() || std::exchange(writing_, true)) return;
  watch_.async_wait(stream_descriptor::wait_write, [this, of = connection_](const boost::system::error_code& error) {
    if (error || of != connection_) return;
    writing_ = false;
    write();
  });
}

}  // namespace stead::worker
