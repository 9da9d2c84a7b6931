#include "keeper/orphan.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "keeper/json_message.h"

namespace stead::keeper {
namespace {

constexpr int kPatienceMs = 2000;
// The worker's control loop waits here for a program that has the right to connect, hence is Stead or the operator.
constexpr int kAdoptPatienceMs = 200;

Result<net::Packet> receive_within(net::MessageSocket& socket, int patience_ms) {
  pollfd ready{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  int count = -1;
  do {
    count = poll(&ready, 1, patience_ms);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return failure("no answer within " + std::to_string(patience_ms) + " ms");
  Result<net::Received> received = socket.receive();
  if (!received) return std::unexpected(std::move(received.error()));
  if (received->kind != net::Received::Kind::Packet) return failure("it closed the connection");
  return std::move(received->packet);
}

Result<boost::json::object> parse_typed(const net::Packet& packet, std::string_view type) {
  Result<boost::json::object> object = parse_object(packet.text);
  if (!object) return object;
  FieldReader reader(*object, packet.fds);
  if (reader.text("type") != type) return failure("a message that is not of type " + std::string(type));
  return object;
}

}  // namespace

Result<net::Packet> encode(const Adopt& message) {
  MessageWriter writer("adopt");
  writer.object()["version"] = message.version;
  writer.object()["pid"] = message.pid;
  return writer.finish();
}

Result<net::Packet> encode(const Orphan& message) {
  MessageWriter writer("orphan");
  writer.object()["version"] = message.version;
  writer.object()["pid"] = message.pid;
  writer.object()["generation"] = message.generation;
  boost::json::array listeners;
  for (const ListenerSocket& listener : message.listeners) {
    boost::json::object item{{"id", listener.id}, {"name", listener.name}};
    writer.put_fd(item, "socket", listener.socket);
    listeners.push_back(std::move(item));
  }
  writer.object()["listeners"] = std::move(listeners);
  return writer.finish();
}

Result<Adopt> decode_adopt(const net::Packet& packet) {
  const Result<boost::json::object> object = parse_typed(packet, "adopt");
  if (!object) return std::unexpected(object.error());
  FieldReader reader(*object, packet.fds);
  Adopt adopt{.version = reader.text("version"), .pid = reader.number<std::int32_t>("pid")};
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  return adopt;
}

Result<Orphan> decode_orphan(const net::Packet& packet) {
  const Result<boost::json::object> object = parse_typed(packet, "orphan");
  if (!object) return std::unexpected(object.error());
  FieldReader reader(*object, packet.fds);
  Orphan orphan{.version = reader.text("version"),
                .pid = reader.number<std::int32_t>("pid"),
                .generation = reader.number<std::uint64_t>("generation"),
                .listeners = {}};
  reader.each("listeners", [&](FieldReader& item) {
    orphan.listeners.push_back(
        {.id = item.number<std::uint32_t>("id"), .name = item.text("name"), .socket = item.fd("socket")});
  });
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  return orphan;
}

std::optional<net::MessageSocket> accept_keeper(int orphan_socket, const Orphan& self) {
  net::MessageSocket channel(net::UniqueFd(accept4(orphan_socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
  if (!channel) return std::nullopt;
  const Result<net::Packet> request = receive_within(channel, kAdoptPatienceMs);
  if (!request || !decode_adopt(*request)) return std::nullopt;
  const Result<net::Packet> answer = encode(self);
  if (!answer || !channel.send(*answer)) return std::nullopt;
  return channel;
}

Result<std::optional<AdoptedOrphan>> adopt_orphan(const std::string& path, const Adopt& self) {
  Result<net::MessageSocket> channel = net::MessageSocket::connect(path);
  if (!channel) {
    if (channel.error().code == ENOENT || channel.error().code == ECONNREFUSED) return std::nullopt;
    return std::unexpected(std::move(channel.error()));
  }
  const Result<net::Packet> request = encode(self);
  if (!request) return std::unexpected(request.error());
  if (Result<> sent = channel->send(*request); !sent) return std::unexpected(std::move(sent.error()));
  const Result<net::Packet> answer = receive_within(*channel, kPatienceMs);
  if (!answer) return std::unexpected(answer.error());
  Result<Orphan> orphan = decode_orphan(*answer);
  if (!orphan) return std::unexpected(std::move(orphan.error()));
  return AdoptedOrphan{.orphan = std::move(*orphan), .channel = std::move(*channel)};
}

}  // namespace stead::keeper
