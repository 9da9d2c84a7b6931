#include "keeper/takeover.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "keeper/json_message.h"
#include "net/memfd.h"

namespace stead::keeper {
namespace {

constexpr std::size_t kMaxTakeover = 8 * kMaxConfig;  // twice wrapped in JSON
constexpr std::array<std::string_view, 4> kRoles = {"current", "candidate", "adopted", "leaving"};

std::int64_t nanoseconds(Instant instant) { return instant.time_since_epoch().count(); }

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array list;
  for (const std::string& text : texts) list.push_back(boost::json::string(text));
  return list;
}

void put(MessageWriter& writer, const std::vector<OpenListener>& listeners) {
  boost::json::array list;
  for (const OpenListener& listener : listeners) {
    boost::json::object item{{"id", listener.id},
                             {"name", listener.name},
                             {"address", listener.endpoint.address},
                             {"port", listener.endpoint.port}};
    writer.put_fd(item, "socket", listener.socket);
    list.push_back(std::move(item));
  }
  writer.object()["listeners"] = std::move(list);
}

void put(MessageWriter& writer, const std::vector<WorkerRecord>& workers) {
  boost::json::array list;
  for (const WorkerRecord& worker : workers) {
    boost::json::object item{{"pid", worker.pid},
                             {"child", worker.child},
                             {"role", kRoles.at(static_cast<std::size_t>(worker.role))},
                             {"serving", worker.serving},
                             {"cut_off", worker.cut_off},
                             {"watched", worker.watched},
                             {"beat_slots", worker.beat_slots},
                             {"version", worker.version},
                             {"deadline_ns", nanoseconds(worker.deadline)}};
    if (worker.idle_pools) item["idle_pools"] = to_json(*worker.idle_pools);
    writer.put_fd(item, "pidfd", worker.pidfd);
    writer.put_fd(item, "channel", worker.channel);
    writer.put_fd(item, "beats", worker.beats);
    writer.put_fd(item, "holder", worker.holder);
    writer.put_fd(item, "ledger", worker.ledger);
    list.push_back(std::move(item));
  }
  writer.object()["workers"] = std::move(list);
}

OpenListener read_listener(FieldReader& item) {
  return {.id = item.number<std::uint32_t>("id"),
          .name = item.text("name"),
          .endpoint = {.address = item.text("address"), .port = item.number<std::uint16_t>("port")},
          .socket = item.fd("socket")};
}

WorkerRole read_role(FieldReader& item) {
  const std::string role = item.text("role");
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == role) return static_cast<WorkerRole>(i);
  }
  item.fail("role", "one that is known");
  return WorkerRole::Leaving;
}

WorkerRecord read_worker(FieldReader& item) {
  return {.pid = item.number<std::int32_t>("pid"),
          .child = item.flag("child"),
          .role = read_role(item),
          .serving = item.flag("serving"),
          .cut_off = item.flag("cut_off"),
          .watched = item.number<std::uint32_t>("watched"),
          .beat_slots = item.number<std::uint32_t>("beat_slots"),
          .version = item.text("version"),
          .deadline = Instant(Duration(item.number<std::int64_t>("deadline_ns"))),
          .idle_pools = item.has("idle_pools") ? std::optional(item.texts("idle_pools")) : std::nullopt,
          .pidfd = item.fd("pidfd"),
          .channel = item.optional_fd("channel"),
          .beats = item.optional_fd("beats"),
          .holder = item.optional_fd("holder"),
          .ledger = item.optional_fd("ledger")};
}

Options read_options(FieldReader& reader) {
  return {.file = reader.text("file"),
          .node = reader.text("node"),
          .run_dir = reader.text("run_dir"),
          .state_dir = reader.text("state_dir"),
          .program = reader.text("program"),
          .version = reader.text("version")};
}

struct Envelope {
  std::string state;
  std::vector<int> fds;
};

Result<Envelope> open_envelope(int memfd) {
  const Result<std::string> text = net::read_text(memfd, kMaxTakeover);
  if (!text) return std::unexpected(text.error());
  const Result<boost::json::object> object = parse_object(*text);
  if (!object) return std::unexpected(object.error());
  const std::vector<net::SharedFd> none;
  FieldReader reader(*object, none);
  Envelope envelope{.state = reader.text("state"), .fds = {}};
  const boost::json::array* fds = reader.list("fds");
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  for (const boost::json::value& fd : *fds) {
    if (!fd.is_int64() || fd.get_int64() < 0 || fd.get_int64() > INT32_MAX) return failure("a descriptor that is none");
    envelope.fds.push_back(static_cast<int>(fd.get_int64()));
  }
  return envelope;
}

void set_close_on_exec(int fd, bool on) { fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

}  // namespace

net::Packet encode(const TakeoverState& state) {
  MessageWriter writer("takeover");
  boost::json::object& object = writer.object();
  object["file"] = state.options.file;
  object["node"] = state.options.node;
  object["run_dir"] = state.options.run_dir;
  object["state_dir"] = state.options.state_dir;
  object["program"] = state.options.program;
  object["version"] = state.options.version;
  object["found_node"] = state.found_node;
  object["config"] = state.config;
  object["bad_tracks"] = to_json(state.bad_tracks);
  object["generation"] = state.generation;
  object["started_ns"] = nanoseconds(state.started);
  object["next_listener_id"] = state.next_listener_id;
  put(writer, state.listeners);
  put(writer, state.workers);
  writer.put_fd("health", state.health);
  writer.put_fd("access_log", state.access_log);
  writer.put_fd("lock", state.lock);
  writer.put_fd("control", state.control);
  writer.put_fd("admin", state.admin);
  writer.put_fd("orphan", state.orphan);
  writer.put_fd("client", state.client);
  return writer.finish();
}

Result<TakeoverState> decode_takeover(const net::Packet& packet) {
  const Result<boost::json::object> object = parse_object(packet.text);
  if (!object) return std::unexpected(object.error());
  FieldReader reader(*object, packet.fds);
  if (reader.text("type") != "takeover") reader.fail("type", "takeover");
  TakeoverState state{.options = read_options(reader),
                      .found_node = reader.text("found_node"),
                      .generation = reader.number<std::uint64_t>("generation"),
                      .started = Instant(Duration(reader.number<std::int64_t>("started_ns"))),
                      .listeners = {},
                      .next_listener_id = reader.number<std::uint32_t>("next_listener_id"),
                      .workers = {},
                      .bad_tracks = reader.has("bad_tracks") ? reader.texts("bad_tracks") : std::vector<std::string>(),
                      .config = reader.text("config"),
                      .health = reader.optional_fd("health"),
                      .access_log = reader.optional_fd("access_log"),
                      .lock = reader.fd("lock"),
                      .control = reader.fd("control"),
                      .admin = reader.fd("admin"),
                      .orphan = reader.fd("orphan"),
                      .client = reader.optional_fd("client")};
  reader.each("listeners", [&](FieldReader& item) { state.listeners.push_back(read_listener(item)); });
  reader.each("workers", [&](FieldReader& item) { state.workers.push_back(read_worker(item)); });
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  return state;
}

Result<WorkerRecord> record_of(const WorkerProcess& worker) {
  WorkerRecord record{.pid = worker.pid(),
                      .child = worker.child,
                      .role = worker.role,
                      .serving = worker.serving,
                      .cut_off = worker.cut_off,
                      .watched = worker.watched,
                      .beat_slots = worker.beats ? worker.beats->slots() : 0,
                      .version = worker.version,
                      .deadline = worker.deadline,
                      .idle_pools = worker.idle_pools,
                      .pidfd = net::share(net::duplicate(worker.process.pidfd.get())),
                      .channel = net::share(net::duplicate(worker.channel.fd())),
                      .beats = worker.beats ? worker.beats->fd() : nullptr,
                      .holder = worker.holder,
                      .ledger = worker.ledger};
  if (!record.pidfd || (worker.channel && !record.channel)) return failure_errno("copy the descriptors of a worker");
  return record;
}

Result<WorkerProcess> worker_of(const WorkerRecord& record) {
  WorkerProcess worker;
  worker.process = {.pid = record.pid, .pidfd = net::duplicate(net::raw(record.pidfd))};
  worker.child = record.child;
  worker.channel = net::MessageSocket(net::duplicate(net::raw(record.channel)));
  worker.watched = record.watched;
  worker.version = record.version;
  worker.role = record.role;
  worker.serving = record.serving;
  worker.deadline = record.deadline;
  worker.cut_off = record.cut_off;
  worker.idle_pools = record.idle_pools;
  worker.holder = record.holder;
  worker.ledger = record.ledger;
  if (!worker.process.pidfd) return failure_errno("copy the descriptors of a worker");
  if (record.beats) {
    Result<Beats> beats = Beats::map(record.beats, std::min(record.beat_slots, Beats::kSlots));
    if (!beats) return std::unexpected(std::move(beats.error()));
    worker.beats = std::move(*beats);
  }
  return worker;
}

Result<net::UniqueFd> write_takeover(const net::Packet& packet) {
  boost::json::array numbers;
  for (const net::SharedFd& fd : packet.fds) numbers.push_back(fd->get());
  const boost::json::object envelope{{"fds", std::move(numbers)}, {"state", packet.text}};
  return net::text_memfd("stead-takeover", boost::json::serialize(envelope));
}

Result<net::Packet> read_takeover(int memfd) {
  Result<Envelope> envelope = open_envelope(memfd);
  if (!envelope) return std::unexpected(std::move(envelope.error()));
  net::Packet packet{.text = std::move(envelope->state), .fds = {}};
  for (const int fd : envelope->fds) {
    set_close_on_exec(fd, true);
    packet.fds.push_back(net::share(net::UniqueFd(fd)));
  }
  return packet;
}

Result<net::Packet> read_takeover_for_trial(int memfd) {
  Result<Envelope> envelope = open_envelope(memfd);
  if (!envelope) return std::unexpected(std::move(envelope.error()));
  const net::SharedFd stand_in = net::share(net::duplicate(memfd));
  if (!stand_in) return failure_errno("copy a descriptor");
  return net::Packet{.text = std::move(envelope->state),
                     .fds = std::vector<net::SharedFd>(envelope->fds.size(), stand_in)};
}

Error become(const std::string& program, std::vector<std::string> arguments, const net::Packet& packet,
             const net::UniqueFd& memfd) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  for (const net::SharedFd& fd : packet.fds) set_close_on_exec(fd->get(), false);
  set_close_on_exec(memfd.get(), false);
  execv(program.c_str(), pointers.data());
  Error error = Error::from_errno("start " + program);
  for (const net::SharedFd& fd : packet.fds) set_close_on_exec(fd->get(), true);
  set_close_on_exec(memfd.get(), true);
  return error;
}

}  // namespace stead::keeper
