#include "keeper/control.h"

#include <array>
#include <utility>

#include "keeper/json_message.h"

namespace stead::keeper {
namespace {

constexpr std::array<std::pair<std::string_view, ControlCommand>, 6> kCommands = {{
    {"reload", ControlCommand::Reload},
    {"upgrade", ControlCommand::Upgrade},
    {"stop", ControlCommand::Stop},
    {"status", ControlCommand::Status},
    {"handover", ControlCommand::Handover},
    {"takeback", ControlCommand::Takeback},
}};
constexpr std::string_view kColour = " colour";

bool takes_vip(ControlCommand command) {
  return command == ControlCommand::Handover || command == ControlCommand::Takeback;
}

boost::json::object to_json(const KeeperStatus::Track& track) {
  return {{"name", track.name},         {"good", track.good},     {"why", track.why},
          {"since_ms", track.since_ms}, {"weight", track.weight}, {"unknowns", track.unknowns}};
}

KeeperStatus::Track track_from(FieldReader& item) {
  return {.name = item.text("name"),
          .good = item.flag("good"),
          .why = item.text("why"),
          .since_ms = item.number<std::int64_t>("since_ms"),
          .weight = item.number<std::uint32_t>("weight"),
          .unknowns = item.number<std::uint64_t>("unknowns")};
}

boost::json::object to_json(const KeeperStatus::Vip& vip) {
  boost::json::array tracks;
  for (const KeeperStatus::Track& track : vip.tracks) tracks.push_back(to_json(track));
  boost::json::array addresses;
  for (const std::string& address : vip.addresses) addresses.push_back(boost::json::string(address));
  return {{"name", vip.name},
          {"addresses", std::move(addresses)},
          {"state", vip.state},
          {"why", vip.why},
          {"problem", vip.problem},
          {"owner", vip.owner},
          {"next", vip.next},
          {"since_ms", vip.since_ms},
          {"priority", vip.priority},
          {"leaving", vip.leaving},
          {"second_actives", vip.second_actives},
          {"refused", vip.refused},
          {"tracks", std::move(tracks)},
          {"witness", vip.witness}};
}

boost::json::object to_json(const KeeperStatus::WitnessOf& one) {
  boost::json::array addresses;
  for (const std::string& address : one.addresses) addresses.push_back(boost::json::string(address));
  return {{"vip", one.vip},
          {"addresses", std::move(addresses)},
          {"holder", one.holder},
          {"since_ms", one.since_ms},
          {"denied", one.denied}};
}

KeeperStatus::Vip vip_from(FieldReader& item) {
  KeeperStatus::Vip vip{.name = item.text("name"),
                        .addresses = item.texts("addresses"),
                        .state = item.text("state"),
                        .why = item.text("why"),
                        .problem = item.text("problem"),
                        .owner = item.text("owner"),
                        .next = item.text("next"),
                        .since_ms = item.number<std::int64_t>("since_ms"),
                        .priority = item.number<std::uint32_t>("priority"),
                        .leaving = item.flag("leaving"),
                        .second_actives = item.number<std::uint64_t>("second_actives"),
                        .refused = item.number<std::uint64_t>("refused")};
  // A keeper of before there were tracks has none.
  if (item.has("tracks")) item.each("tracks", [&](FieldReader& track) { vip.tracks.push_back(track_from(track)); });
  if (item.has("witness")) vip.witness = item.text("witness");
  return vip;
}

boost::json::object to_json(const KeeperStatus& status) {
  boost::json::array workers;
  for (const KeeperStatus::Worker& worker : status.workers) {
    workers.push_back(
        {{"pid", worker.pid}, {"role", worker.role}, {"version", worker.version}, {"serving", worker.serving}});
  }
  boost::json::array listeners;
  for (const KeeperStatus::Listener& listener : status.listeners) {
    listeners.push_back({{"name", listener.name}, {"address", listener.address}, {"problem", listener.problem}});
  }
  boost::json::array vips;
  for (const KeeperStatus::Vip& vip : status.vips) vips.push_back(to_json(vip));
  boost::json::array witness_of;
  for (const KeeperStatus::WitnessOf& one : status.witness_of) witness_of.push_back(to_json(one));
  return {{"pid", status.pid},
          {"version", status.version},
          {"node", status.node},
          {"file", status.file},
          {"generation", status.generation},
          {"uptime_ms", status.uptime_ms},
          {"worker_deaths", status.worker_deaths},
          {"busy", status.busy},
          {"workers", std::move(workers)},
          {"listeners", std::move(listeners)},
          {"vips", std::move(vips)},
          {"witness_of", std::move(witness_of)}};
}

Result<KeeperStatus> status_from(const boost::json::object& object) {
  const std::vector<net::SharedFd> none;
  FieldReader reader(object, none);
  KeeperStatus status{.pid = reader.number<std::int32_t>("pid"),
                      .version = reader.text("version"),
                      .node = reader.text("node"),
                      .file = reader.text("file"),
                      .generation = reader.number<std::uint64_t>("generation"),
                      .uptime_ms = reader.number<std::int64_t>("uptime_ms"),
                      .worker_deaths = reader.number<std::uint32_t>("worker_deaths"),
                      .busy = reader.text("busy"),
                      .workers = {},
                      .listeners = {}};
  reader.each("workers", [&](FieldReader& item) {
    status.workers.push_back({.pid = item.number<std::int32_t>("pid"),
                              .role = item.text("role"),
                              .version = item.text("version"),
                              .serving = item.flag("serving")});
  });
  reader.each("listeners", [&](FieldReader& item) {
    status.listeners.push_back(
        {.name = item.text("name"), .address = item.text("address"), .problem = item.text("problem")});
  });
  // A keeper of before there were vips has none.
  if (reader.has("vips")) reader.each("vips", [&](FieldReader& item) { status.vips.push_back(vip_from(item)); });
  if (reader.has("witness_of")) {
    reader.each("witness_of", [&](FieldReader& item) {
      status.witness_of.push_back({.vip = item.text("vip"),
                                   .addresses = item.texts("addresses"),
                                   .holder = item.text("holder"),
                                   .since_ms = item.number<std::int64_t>("since_ms"),
                                   .denied = item.number<std::uint64_t>("denied")});
    });
  }
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  return status;
}

}  // namespace

std::string encode(const ControlRequest& request) {
  std::string line;
  for (const auto& [name, command] : kCommands) {
    if (command == request.command) line = name;
  }
  if (takes_vip(request.command)) line += " " + request.vip;
  if (request.colour) line += kColour;
  return line + "\n";
}

std::optional<ControlRequest> parse_request(std::string_view line) {
  const bool colour = line.ends_with(kColour);
  if (colour) line.remove_suffix(kColour.size());
  for (const auto& [name, command] : kCommands) {
    if (line == name && !takes_vip(command)) return ControlRequest{.command = command, .colour = colour};
    const bool addressed =
        takes_vip(command) && line.size() > name.size() + 1 && line.starts_with(name) && line[name.size()] == ' ';
    if (addressed) {
      return ControlRequest{.command = command, .colour = colour, .vip = std::string(line.substr(name.size() + 1))};
    }
  }
  return std::nullopt;
}

std::string encode(const ControlReply& reply) {
  boost::json::object object{{"ok", reply.ok}, {"text", reply.text}};
  if (reply.status) object["status"] = to_json(*reply.status);
  return boost::json::serialize(object) + "\n";
}

Result<ControlReply> decode_reply(std::string_view text) {
  const Result<boost::json::object> object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  const std::vector<net::SharedFd> none;
  FieldReader reader(*object, none);
  ControlReply reply{.ok = reader.flag("ok"), .text = reader.text("text"), .status = std::nullopt};
  const boost::json::object* section = reader.has("status") ? reader.section("status") : nullptr;
  if (const Result<> complete = reader.finish(); !complete) return std::unexpected(complete.error());
  if (section == nullptr) return reply;
  Result<KeeperStatus> status = status_from(*section);
  if (!status) return std::unexpected(std::move(status.error()));
  reply.status = std::move(*status);
  return reply;
}

}  // namespace stead::keeper
