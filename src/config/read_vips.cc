// [vip.NAME]: addresses, the nodes that may own them, and what VRRP needs to know.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/address.h"
#include "config/nearest.h"
#include "config/quantity.h"
#include "config/read_command.h"
#include "config/read_secrets.h"
#include "config/read_witness.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::string_view kExample = "address = \"10.0.0.100/24\"";
constexpr std::uint32_t kHighestPriority = 254;  // 255 is for an owner
constexpr std::size_t kMostAddresses = 20;
constexpr std::size_t kMostNodes = 32;
constexpr std::size_t kLongestPassword = 8;

bool expect_text(const Value& value, std::string_view section_key, std::string_view wanted, Report& report) {
  if (value.kind == Kind::Text) return true;
  report_type(*find_key("vip.*", section_key), value, wanted, report);
  return false;
}

void report_bad(Reading& reading, const Span& span, std::string message, std::string help, std::string why = {}) {
  reading.report.add({.code = Code::BadVip,
                      .message = std::move(message),
                      .span = span,
                      .why = std::move(why),
                      .help = std::move(help)});
}

std::optional<std::uint8_t> read_length(std::string_view text, bool version_6) {
  std::uint8_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || length == 0 || length > (version_6 ? 128 : 32)) return std::nullopt;
  return length;
}

bool is_multicast(std::string_view address) {
  if (is_version_6(address)) return address.starts_with("ff");
  int first = 0;
  std::from_chars(address.data(), address.data() + address.size(), first);
  return first >= 224;
}

const Vip* owner_of(const Reading& reading, const Vip& current, const AddressText& address) {
  const auto has = [&](const Vip& vip) {
    return std::ranges::find(vip.addresses, address, &VipAddress::address) != vip.addresses.end();
  };
  if (has(current)) return &current;
  for (const Vip& vip : reading.config.vips) {
    if (has(vip)) return &vip;
  }
  return nullptr;
}

void read_address(Reading& reading, const Value& value, Vip& vip) {
  if (!expect_text(value, "address", "a text", reading.report)) return;
  const std::string_view text = value.text;
  const std::size_t slash = text.find('/');
  const std::optional<AddressText> address = parse_address(text.substr(0, slash));
  if (!address || is_wildcard(*address) || is_loopback(*address) || is_multicast(*address)) {
    reading.report.add({.code = Code::BadAddress,
                        .message = fmt::format("\"{}\" cannot be a virtual address", text.substr(0, slash)),
                        .span = value.part(0, std::min(slash, text.size())),
                        .why = "a vip is an address of a network that its nodes are in",
                        .help = fmt::format("write an IPv4 or IPv6 address: {}", kExample)});
    return;
  }
  VipAddress one{.address = *address, .prefix_length = std::nullopt};
  if (slash != std::string_view::npos) {
    one.prefix_length = read_length(text.substr(slash + 1), is_version_6(*address));
    if (!one.prefix_length) {
      reading.report.add({.code = Code::BadAddress,
                          .message = "not the length of a network's prefix",
                          .span = value.part(slash, text.size() - slash),
                          .why = "it says how many bits of the address are the network's: 1 to 32, for IPv6 1 to 128",
                          .help = fmt::format("write the length, or leave it out: {}", kExample)});
      return;
    }
  }
  if (const Vip* other = owner_of(reading, vip, *address)) {
    return report_bad(reading, value.span, fmt::format("{} belongs to [vip.{}] already", *address, other->name),
                      "leave it out in one of the two places");
  }
  for (const Node& node : reading.config.nodes) {
    if (node.address != *address) continue;
    return report_bad(reading, value.span, fmt::format("{} is the address of {} itself", *address, node.name),
                      "choose an address of the same network that no machine has",
                      "a vip moves, and a node must stay reachable");
  }
  vip.addresses.push_back(std::move(one));
}

void report_unknown_node(Reading& reading, const Value& value) {
  std::vector<std::string_view> names;
  for (const Node& node : reading.config.nodes) names.push_back(node.name);
  const std::string_view close = nearest(value.text, names);
  Diagnostic diagnostic{.code = Code::UnknownNode,
                        .message = fmt::format("`{}` is no node", value.text),
                        .span = value.span,
                        .why = "a node that is not in [node] can never own the address"};
  if (!close.empty()) {
    diagnostic.label = fmt::format("did you mean `{}`?", close);
    diagnostic.replacement = fmt::format("\"{}\"", close);
  }
  diagnostic.help = names.empty() ? fmt::format("add a section [node] with the address of {}", value.text)
                                  : fmt::format("nodes are {}", list_words(names));
  reading.report.add(std::move(diagnostic));
}

// The node must be in the network of the address, or nobody in there would hear of it.
void check_network(Reading& reading, const Value& value, const Vip& vip, const Node& node) {
  // A command need not move it within one network: the address may be routed to whoever has it.
  if (!vip.interface.empty() || vip.provider == VipProvider::Exec) return;
  for (const VipAddress& one : vip.addresses) {
    const std::optional<std::uint8_t> length = one.prefix_length ? one.prefix_length : node.prefix_length;
    if (!length || is_version_6(one.address) != is_version_6(node.address) || node.address.empty()) continue;
    if (same_subnet(one.address, node.address, *length)) continue;
    reading.report.add({.code = Code::OutsideSubnet,
                        .message = fmt::format("{} is not in the network of {}, {}", node.name, one.address,
                                               subnet_text(one.address, *length)),
                        .span = value.span,
                        .why = "nobody in the address's network would learn that this node has it",
                        .help = "correct the address or the length of its prefix; for a node with a second network "
                                "interface, name that: interface = \"eth1\""});
  }
}

void read_node(Reading& reading, const Value& value, Vip& vip) {
  if (!expect_text(value, "nodes", "the name of a node", reading.report)) return;
  const Node* node = reading.find_node(value.text);
  if (node == nullptr) return report_unknown_node(reading, value);
  if (vip.has_node(value.text)) {
    return report_bad(reading, value.span, fmt::format("`{}` is there already", value.text), "leave one out",
                      "the order says who is preferred");
  }
  check_network(reading, value, vip, *node);
  vip.nodes.push_back({.node = value.text, .priority = static_cast<std::uint8_t>(kHighestPriority - vip.nodes.size())});
}

void read_priorities(Reading& reading, const Entry& entry, Vip& vip) {
  const Key& key = *find_key("vip.*", "priority");
  if (entry.value.kind != Kind::Table) return report_type(key, entry.value, "a table", reading.report);
  Key each = key;
  each.type = Type::Count;
  for (const Entry& one : entry.value.entries) {
    const auto node = std::ranges::find(vip.nodes, one.key, &VipNode::node);
    if (node == vip.nodes.end()) {
      report_bad(reading, one.key_span, fmt::format("`{}` is not among the `nodes` of [vip.{}]", one.key, vip.name),
                 "name a node that is", "a priority is for who may own the address");
      continue;
    }
    if (const auto number = read_number(each, one.value, reading.report)) {
      node->priority = static_cast<std::uint8_t>(*number);
    }
  }
}

void read_peer(Reading& reading, const Value& value, Vip& vip) {
  if (!expect_text(value, "peers", "an address", reading.report)) return;
  const std::optional<AddressText> address = parse_address(value.text);
  if (address) {
    vip.peers.push_back(*address);
    return;
  }
  reading.report.add({.code = Code::BadAddress,
                      .message = fmt::format("\"{}\" is not the address of a router", value.text),
                      .span = value.span,
                      .help = "write an IPv4 or IPv6 address: peers = [\"10.0.0.13\"]"});
}

void read_track(Reading& reading, const Value& value, Vip& vip) {
  if (!expect_text(value, "track", "the name of a track", reading.report)) return;
  if (std::ranges::find(vip.tracks, value.text) != vip.tracks.end()) {
    return report_bad(reading, value.span, fmt::format("`{}` is there already", value.text), "leave one out",
                      "a track counts once");
  }
  vip.tracks.push_back(value.text);
  if (reading.config.find_track(value.text) != nullptr || !reading.document.complete) return;
  std::vector<std::string_view> names;
  for (const Track& track : reading.config.tracks) names.push_back(track.name);
  const std::string_view close = nearest(value.text, names);
  Diagnostic diagnostic{
      .code = Code::UnknownTrack, .message = fmt::format("no track is called `{}`", value.text), .span = value.span};
  if (!close.empty()) {
    diagnostic.label = fmt::format("did you mean `{}`?", close);
    diagnostic.replacement = fmt::format("\"{}\"", close);
  }
  diagnostic.help = names.empty() ? fmt::format("add a section [track.{}], for example with `gateway`", value.text)
                                  : fmt::format("tracks are {}", list_words(names));
  reading.report.add(std::move(diagnostic));
}

Span span_of(const Value& table, std::string_view key, const Place& place) {
  const Entry* entry = table.find(key);
  return entry == nullptr ? place.span : entry->value.span;
}

void check_version(Reading& reading, const Value& table, const Place& place, const Vip& vip) {
  const bool version_6 = std::ranges::any_of(vip.addresses, [](const auto& one) { return is_version_6(one.address); });
  if (vip.version == 3) {
    if (!vip.password.empty()) {
      report_bad(reading, span_of(table, "password", place), "version 3 of VRRP has no passwords",
                 "leave it out, or set `version = 2`", "routers of others would ignore it");
    }
    if (vip.advert % 10ms != Duration{}) {
      report_bad(reading, span_of(table, "advert", place), "VRRP counts adverts in steps of 10ms",
                 fmt::format("write \"{}\"", format_duration(vip.advert - vip.advert % 10ms)),
                 "the other routers could not be told this interval");
    }
    return;
  }
  if (version_6) {
    report_bad(reading, span_of(table, "version", place), "version 2 of VRRP knows no IPv6",
               "set `version = 3`, or leave it out");
  }
  if (vip.advert % 1s != Duration{}) {
    report_bad(reading, span_of(table, "advert", place), "version 2 of VRRP counts adverts in whole seconds",
               "write advert = \"1s\"", "the other routers could not be told this interval");
  }
  if (vip.password.size() > kLongestPassword) {
    report_bad(reading, span_of(table, "password", place),
               fmt::format("a password has at most {} characters", kLongestPassword), "shorten it",
               "version 2 of VRRP has no room for more");
  }
}

// Peers are reached by the nodes' own addresses, which must be of the family of the vip's.
void check_unicast(Reading& reading, const Value& table, const Place& place, const Vip& vip) {
  if (!vip.unicast || vip.addresses.empty()) return;
  const bool version_6 = is_version_6(vip.addresses.front().address);
  for (const VipNode& one : vip.nodes) {
    const Node* node = reading.find_node(one.node);
    if (node->address.empty() || is_version_6(node->address) == version_6) continue;
    report_bad(reading, span_of(table, "unicast", place),
               fmt::format("{} has no {} address in [node] to send adverts to", one.node, version_6 ? "IPv6" : "IPv4"),
               "leave `unicast` out", "adverts for an address travel in its own family");
    return;
  }
}

// Who has which address follows from what the nodes hear of each other, by priorities that Stead gives.
void check_spread(Reading& reading, const Value& table, const Place& place, const Vip& vip) {
  if (!vip.spread) return;
  const std::string why = "a shared address goes to whoever has too few";
  if (!vip.preempt) {
    report_bad(reading, span_of(table, "preempt", place), "addresses that are shared do not stay where they are",
               "leave `preempt` out", why);
  }
  if (table.find("priority") != nullptr) {
    report_bad(reading, span_of(table, "priority", place), "addresses that are shared have no priorities of their own",
               "leave `priority` out", why);
  }
  if (!vip.peers.empty()) {
    report_bad(reading, span_of(table, "peers", place), "only nodes of the file can share addresses",
               "leave `peers` out, or `spread`", "a router of others does not give away what it has too many of");
  }
}

// They could not be at one node if they preferred different ones.
void check_sync(Reading& reading, const Value& table, const Place& place, const Vip& vip) {
  if (vip.sync.empty()) return;
  if (vip.spread) {
    report_bad(reading, span_of(table, "sync", place), "addresses that are shared are not at one node",
               "leave `sync` out, or `spread`");
    return;
  }
  for (const Vip& other : reading.config.vips) {
    if (other.sync != vip.sync || (other.nodes == vip.nodes && other.preempt == vip.preempt)) continue;
    report_bad(reading, span_of(table, "sync", place),
               fmt::format("[vip.{}], with the same `sync`, has other nodes, priorities or `preempt`", other.name),
               "make them equal, in the same order", "each of the two would be where it is preferred");
    return;
  }
}

void check_arp(Reading& reading, const Value& table, const Place& place) {
  for (const std::string_view key : {"command", "assert-every", "command-timeout"}) {
    const Entry* entry = table.find(key);
    if (entry == nullptr) continue;
    return report_bad(reading, entry->key_span, fmt::format("`{}` is for `provider = \"exec\"`", key),
                      fmt::format("add provider = \"exec\" to {}, or leave `{}` out", place.name, key),
                      "the address moves by ARP, and no command is run");
  }
}

void read_provider(Reading& reading, const Value& table, const Place& place, Vip& vip) {
  if (vip.provider == VipProvider::Arp) return check_arp(reading, table, place);
  const Key& key = *find_key("vip.*", "command");
  if (const Entry* command = table.find("command")) {
    vip.command = read_command(key, command->value, Code::BadVip, reading.report);
  } else if (reading.document.complete) {
    reading.report.add({.code = Code::MissingKey,
                        .message = fmt::format("{} does not say which command moves it", place.name),
                        .span = span_of(table, "provider", place),
                        .help = fmt::format("add {}", key.example)});
  }
  if (vip.unicast || vip.nodes.size() < 2) return;
  reading.report.add({.code = Code::MulticastVip,
                      .message = fmt::format("a command moves {}, but its adverts are sent by multicast", place.name),
                      .span = span_of(table, "provider", place),
                      .help = "add unicast = true"});
}

void check_counts(Reading& reading, const Value& table, const Place& place, const Vip& vip) {
  const Entry* address = table.find("address");
  const Entry* nodes = table.find("nodes");
  if (address == nullptr || nodes == nullptr) return;  // reported as missing
  const auto empty = [](const Value& value) { return value.kind == Kind::List && value.items.empty(); };
  if (empty(address->value)) {
    report_bad(reading, address->value.span, fmt::format("{} has no address", place.name), std::string(kExample));
  }
  if (empty(nodes->value)) {
    report_bad(reading, nodes->value.span, fmt::format("{} has no nodes", place.name),
               "nodes = [\"edge-1\", \"edge-2\"]");
  }
  if (vip.addresses.size() > kMostAddresses || vip.nodes.size() > kMostNodes) {
    report_bad(reading, place.span,
               fmt::format("a vip has at most {} addresses and {} nodes", kMostAddresses, kMostNodes), "make two of it",
               "an advert names all addresses in one packet");
  }
  if (vip.nodes.size() != 1 || !vip.peers.empty()) return;
  reading.report.add({.code = Code::LonelyVip,
                      .message = fmt::format("{} can be at {} only", place.name, vip.nodes[0].node),
                      .span = nodes->value.span,
                      .help = "name a second node"});
}

void read_vip(Reading& reading, const Entry& entry, const Place& place) {
  Vip vip;
  vip.name = entry.key;
  vip.where = entry.key_span.begin;
  const Value& table = entry.value;
  read_section(table, place, reading.document.complete, vip, reading.report);
  if (const Entry* all = table.find("address")) {
    for_each_item(all->value, [&](const Value& value) { read_address(reading, value, vip); });
  }
  if (const Entry* all = table.find("nodes")) {
    for_each_item(all->value, [&](const Value& value) { read_node(reading, value, vip); });
  }
  if (const Entry* all = table.find("peers")) {
    for_each_item(all->value, [&](const Value& value) { read_peer(reading, value, vip); });
  }
  if (const Entry* all = table.find("secrets")) {
    for_each_item(all->value, [&](const Value& value) { read_secret(reading, value, vip); });
  }
  check_authentication(reading, table, vip);
  if (const Entry* all = table.find("track")) {
    for_each_item(all->value, [&](const Value& value) { read_track(reading, value, vip); });
  }
  if (const Entry* all = table.find("priority")) read_priorities(reading, *all, vip);
  check_version(reading, table, place, vip);
  check_unicast(reading, table, place, vip);
  read_provider(reading, table, place, vip);
  check_spread(reading, table, place, vip);
  check_sync(reading, table, place, vip);
  check_counts(reading, table, place, vip);
  check_witness(reading, table, vip);
  const bool taken = reading.find_node(vip.name) != nullptr || vip.name == "any" || vip.name == "node";
  if (taken) {
    reading.report.add({.code = Code::BadName,
                        .message = fmt::format("`{}` cannot be the name of a vip", vip.name),
                        .span = entry.key_span,
                        .why = "in `listen` it stands for something else",
                        .help = "choose another name"});
  }
  reading.config.vips.push_back(std::move(vip));
}

constexpr std::uint32_t kRouterIds = 255;

bool has_router_id(const Vip& vip, std::uint32_t id) {
  return vip.router_id == id || std::ranges::find(vip.spread_ids, id) != vip.spread_ids.end();
}

bool is_taken(const Config& config, const Vip* except, std::uint32_t id) {
  return std::ranges::any_of(config.vips, [&](const Vip& vip) { return &vip != except && has_router_id(vip, id); });
}

std::uint32_t next_id(std::uint32_t id) { return id % kRouterIds + 1; }

// From the address, not from the order: a group must not change its id because another was added before it.
std::uint32_t choose_router_id(const Config& config, const std::string& address) {
  const std::size_t last = address.find_last_of(".:");
  std::uint32_t id = 0;
  std::from_chars(address.data() + last + 1, address.data() + address.size(), id, is_version_6(address) ? 16 : 10);
  id = std::max(id % 256, 1U);
  while (is_taken(config, nullptr, id)) id = next_id(id);
  return id;
}

// Of a vip that names its own: with `spread`, the ones behind it as well.
void take_given_ids(Vip& vip) {
  if (vip.router_id == 0 || !vip.spread) return;
  std::uint32_t id = vip.router_id;
  for (std::size_t i = 0; i < vip.addresses.size(); ++i, id = next_id(id)) vip.spread_ids.push_back(id);
}

void choose_ids(const Config& config, Vip& vip) {
  if (vip.router_id != 0 || vip.addresses.empty()) return;
  if (!vip.spread) {
    vip.router_id = choose_router_id(config, vip.addresses.front().address);
    return;
  }
  for (const VipAddress& one : vip.addresses) vip.spread_ids.push_back(choose_router_id(config, one.address));
  vip.router_id = vip.spread_ids.front();
}

// False: there are not enough.
bool check_router_ids(Reading& reading) {
  std::size_t needed = 0;
  for (const Vip& vip : reading.config.vips) needed += vip.spread ? vip.addresses.size() : 1;
  if (needed <= kRouterIds) return true;
  const Value* last = reading.document.root.find_path({"vip", reading.config.vips.back().name});
  report_bad(reading, last->span, fmt::format("these are {} virtual routers", needed),
             "let addresses move together, by making them one vip without `spread`",
             fmt::format("VRRP knows {} on a network", kRouterIds));
  return false;
}

void settle_router_ids(Reading& reading) {
  if (!check_router_ids(reading)) return;
  std::vector<Vip>& vips = reading.config.vips;
  for (Vip& vip : vips) take_given_ids(vip);
  for (const Vip& vip : vips) {
    if (vip.router_id == 0) continue;
    const std::vector<std::uint32_t> own = vip.spread ? vip.spread_ids : std::vector<std::uint32_t>{vip.router_id};
    const auto twice = std::ranges::find_if(own, [&](std::uint32_t id) { return is_taken(reading.config, &vip, id); });
    if (twice == own.end()) continue;
    const Value* value = reading.document.root.find_path({"vip", vip.name, "router-id"});
    reading.report.add({.code = Code::RouterIdTwice,
                        .message = fmt::format("router id {} belongs to another vip as well", *twice),
                        .span = value->span,
                        .help = "give each vip its own, or leave `router-id` out"});
  }
  for (Vip& vip : vips) choose_ids(reading.config, vip);
}

}  // namespace

void read_vips(Reading& reading) {
  for_each_named(reading, "vip", "vip.*",
                 [&](const Entry& entry, const Place& place) { read_vip(reading, entry, place); });
  settle_router_ids(reading);
}

}  // namespace stead::config
