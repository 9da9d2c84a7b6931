#include "keeper/protocol.h"

#include <optional>
#include <string_view>
#include <utility>

#include "keeper/json_message.h"
#include "net/memfd.h"

namespace stead::keeper {
namespace {

constexpr std::size_t kMaxRefusal = 16 * 1024;  // even if every byte of it had to be escaped

// --- writing ---------------------------------------------------------------------------------------------------------

void put(MessageWriter& writer, const Assignment& assignment) {
  boost::json::object& object = writer.object();
  object["generation"] = assignment.generation;
  object["file_name"] = assignment.file_name;
  object["node"] = assignment.node;
  writer.put_fd("config", assignment.config);
  writer.put_fd("access_log", assignment.access_log);
  boost::json::array listeners;
  for (const ListenerSocket& listener : assignment.listeners) {
    boost::json::object item{{"id", listener.id}, {"name", listener.name}};
    writer.put_fd(item, "socket", listener.socket);
    listeners.push_back(std::move(item));
  }
  object["listeners"] = std::move(listeners);
}

Result<net::Packet> write(const Start& start) {
  MessageWriter writer("start");
  writer.object()["run_dir"] = start.run_dir;
  writer.object()["state_dir"] = start.state_dir;
  writer.object()["beat_slots"] = start.beat_slots;
  writer.put_fd("admin", start.admin);
  writer.put_fd("orphan", start.orphan);
  writer.put_fd("beats", start.beats);
  writer.put_fd("health", start.health);
  put(writer, start.assignment);
  return writer.finish();
}

Result<net::Packet> write(const Apply& apply) {
  MessageWriter writer("apply");
  put(writer, apply.assignment);
  return writer.finish();
}

Result<net::Packet> write(const Inherit& inherit) {
  MessageWriter writer("inherit");
  writer.object()["from"] = inherit.from == Inherit::From::Holder ? "holder" : "worker";
  writer.put_fd("socket", inherit.socket);
  writer.put_fd("ledger", inherit.ledger);
  return writer.finish();
}

Result<net::Packet> write(const HandOver& hand_over) {
  MessageWriter writer("hand-over");
  writer.object()["deadline_ms"] = hand_over.deadline_ms;
  writer.put_fd("socket", hand_over.socket);
  return writer.finish();
}

Result<net::Packet> write(const Drain& drain) {
  MessageWriter writer("drain");
  writer.object()["deadline_ms"] = drain.deadline_ms;
  return writer.finish();
}

Result<net::Packet> write(const Moved& moved) {
  MessageWriter writer("moved");
  writer.object()["addresses"] = boost::json::array(moved.addresses.begin(), moved.addresses.end());
  writer.object()["deadline_ms"] = moved.deadline_ms;
  return writer.finish();
}

Result<net::Packet> write(const Metrics& metrics) {
  if (metrics.text.size() > kMaxMetrics) return failure("metrics of more than 1 MiB");
  Result<net::UniqueFd> text = net::text_memfd("stead-metrics", metrics.text);
  if (!text) return std::unexpected(std::move(text.error()));
  MessageWriter writer("metrics");
  writer.put_fd("text", net::share(std::move(*text)));
  return writer.finish();
}

Result<net::Packet> write(const Hello& hello) {
  MessageWriter writer("hello");
  writer.object()["version"] = hello.version;
  writer.object()["pid"] = hello.pid;
  writer.put_fd("holder", hello.holder);
  writer.put_fd("ledger", hello.ledger);
  return writer.finish();
}

Result<net::Packet> write(const Applied& applied) {
  MessageWriter writer("applied");
  writer.object()["generation"] = applied.generation;
  writer.object()["loops"] = applied.loops;
  return writer.finish();
}

Result<net::Packet> write(const Refused& refused) {
  MessageWriter writer("refused");
  writer.object()["generation"] = refused.generation;
  writer.object()["text"] = std::string_view(refused.text).substr(0, kMaxRefusal);
  return writer.finish();
}

Result<net::Packet> write(const State& state) {
  if (state.blob.size() > kMaxState) return failure("a state of more than 16 MiB");
  Result<net::UniqueFd> blob = net::text_memfd("stead-state", state.blob);
  if (!blob) return std::unexpected(std::move(blob.error()));
  MessageWriter writer("state");
  writer.put_fd("blob", net::share(std::move(*blob)));
  return writer.finish();
}

Result<net::Packet> write(const IdlePools& pools) {
  MessageWriter writer("idle-pools");
  boost::json::array names;
  for (const std::string& name : pools.names) names.push_back(boost::json::string(name));
  writer.object()["names"] = std::move(names);
  return writer.finish();
}

Result<net::Packet> write(const Drained& drained) {
  MessageWriter writer("drained");
  writer.object()["cut"] = drained.cut;
  return writer.finish();
}

// --- reading ---------------------------------------------------------------------------------------------------------

Assignment read_assignment(FieldReader& reader) {
  Assignment assignment{.generation = reader.number<std::uint64_t>("generation"),
                        .file_name = reader.text("file_name"),
                        .node = reader.text("node"),
                        .listeners = {},
                        .config = reader.fd("config"),
                        .access_log = reader.optional_fd("access_log")};
  reader.each("listeners", [&](FieldReader& item) {
    assignment.listeners.push_back(
        {.id = item.number<std::uint32_t>("id"), .name = item.text("name"), .socket = item.fd("socket")});
  });
  return assignment;
}

Start read_start(FieldReader& reader) {
  return {.assignment = read_assignment(reader),
          .run_dir = reader.text("run_dir"),
          .state_dir = reader.text("state_dir"),
          .admin = reader.fd("admin"),
          .orphan = reader.fd("orphan"),
          .beats = reader.fd("beats"),
          .beat_slots = reader.number<std::uint32_t>("beat_slots"),
          .health = reader.optional_fd("health")};
}

Inherit read_inherit(FieldReader& reader) {
  const std::string from = reader.text("from");
  if (from != "holder" && from != "worker") reader.fail("from", "holder or worker");
  const bool dead = from == "holder";
  return {.from = dead ? Inherit::From::Holder : Inherit::From::Worker,
          .socket = reader.fd("socket"),
          .ledger = dead ? reader.fd("ledger") : nullptr};
}

HandOver read_hand_over(FieldReader& reader) {
  return {.socket = reader.fd("socket"), .deadline_ms = reader.number<std::uint32_t>("deadline_ms")};
}

Metrics read_metrics(FieldReader& reader) {
  const net::SharedFd fd = reader.fd("text");
  if (!fd) return {};
  Result<std::string> text = net::read_text(fd->get(), kMaxMetrics);
  if (!text) reader.fail("text", text.error().message);
  return {.text = text ? std::move(*text) : std::string()};
}

Hello read_hello(FieldReader& reader) {
  return {.version = reader.text("version"),
          .pid = reader.number<std::int32_t>("pid"),
          .holder = reader.optional_fd("holder"),
          .ledger = reader.optional_fd("ledger")};
}

State read_state(FieldReader& reader) {
  const net::SharedFd blob = reader.fd("blob");
  if (!blob) return {};
  Result<std::string> text = net::read_text(blob->get(), kMaxState);
  if (!text) reader.fail("blob", text.error().message);
  return {.blob = text ? std::move(*text) : std::string()};
}

// Calls `read(type, reader)`, which returns an optional message: nullopt for a type that it does not know.
template <typename Message, typename Read>
Result<Message> decode(const net::Packet& packet, Read&& read) {
  const Result<boost::json::object> object = parse_object(packet.text);
  if (!object) return std::unexpected(object.error());
  FieldReader reader(*object, packet.fds);
  const std::string type = reader.text("type");
  std::optional<Message> message = read(type, reader);
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  if (!message) return failure("a message of the unknown type `" + type + "`");
  return std::move(*message);
}

}  // namespace

Result<net::Packet> encode(const ToWorker& message) {
  return std::visit([](const auto& one) { return write(one); }, message);
}

Result<net::Packet> encode(const ToKeeper& message) {
  return std::visit([](const auto& one) { return write(one); }, message);
}

Result<ToWorker> decode_to_worker(const net::Packet& packet) {
  return decode<ToWorker>(packet, [](std::string_view type, FieldReader& reader) -> std::optional<ToWorker> {
    if (type == "start") return read_start(reader);
    if (type == "apply") return Apply{read_assignment(reader)};
    if (type == "inherit") return read_inherit(reader);
    if (type == "hand-over") return read_hand_over(reader);
    if (type == "moved") return Moved{reader.texts("addresses"), reader.number<std::uint32_t>("deadline_ms")};
    if (type == "metrics") return read_metrics(reader);
    if (type == "drain") return Drain{reader.number<std::uint32_t>("deadline_ms")};
    return std::nullopt;
  });
}

Result<ToKeeper> decode_to_keeper(const net::Packet& packet) {
  return decode<ToKeeper>(packet, [](std::string_view type, FieldReader& reader) -> std::optional<ToKeeper> {
    if (type == "hello") return read_hello(reader);
    if (type == "applied") {
      return Applied{reader.number<std::uint64_t>("generation"), reader.number<std::uint32_t>("loops")};
    }
    if (type == "refused") return Refused{reader.number<std::uint64_t>("generation"), reader.text("text")};
    if (type == "state") return read_state(reader);
    if (type == "idle-pools") return IdlePools{reader.texts("names")};
    if (type == "drained") return Drained{reader.number<std::uint32_t>("cut")};
    return std::nullopt;
  });
}

}  // namespace stead::keeper
