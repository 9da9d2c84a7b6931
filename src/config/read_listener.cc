#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/nearest.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::string_view kForms =
    "write `VIP:port`, `NODE:port`, `node:port` (each node's own address), `any:port` (all addresses) or "
    "`ADDRESS:port`";

void report_parts(const Value& value, const HostPort& parts, Report& report) {
  Diagnostic diagnostic{.code = Code::BadPort, .span = value.part(parts.error_offset, parts.error_length)};
  const std::string& text = value.text;
  const bool digits = !text.empty() && text.find_first_not_of("0123456789:*") == std::string::npos;
  if (text.find("://") != std::string::npos) {
    diagnostic.code = Code::BadAddress;
    diagnostic.message = "a listener is no URL";
    diagnostic.help = kForms;
  } else if (*parts.error == HostPortError::BareVersion6) {
    diagnostic.code = Code::BadAddress;
    diagnostic.message = "an IPv6 address stands in brackets before a port";
    diagnostic.why = "its own colons would hide where the port begins";
    diagnostic.help = fmt::format("write \"{}\"", suggest_brackets(text, 80));
  } else if (digits && *parts.error != HostPortError::BadPort) {
    const std::size_t first = text.find_first_of("0123456789");
    diagnostic.message = "a listener needs an address";
    diagnostic.why = "the port alone does not say on which addresses to listen";
    if (first != std::string::npos) {
      diagnostic.replacement = fmt::format("\"any:{}\"", text.substr(first));
      diagnostic.help = fmt::format("write {} for all addresses", diagnostic.replacement);
    }
  } else if (*parts.error == HostPortError::BadPort) {
    diagnostic.message = "not a port";
    diagnostic.help = "ports are numbers from 1 to 65535";
  } else {
    diagnostic.message = "a listener is an address and a port";
    diagnostic.help = kForms;
  }
  report.add(std::move(diagnostic));
}

void report_unknown(const Reading& reading, const Value& value, std::string_view host) {
  Diagnostic diagnostic{.code = Code::UnknownListener, .span = value.part(0, host.size())};
  diagnostic.message = fmt::format("`{}` is neither a vip, a node nor an address", host);
  if (host == "*") {
    diagnostic.label = "did you mean `any`?";
    diagnostic.help = fmt::format("write \"any{}\"", value.text.substr(1));
    diagnostic.replacement = value.span.begin.column == diagnostic.span.begin.column ? "" : "any";
    reading.report.add(std::move(diagnostic));
    return;
  }
  std::vector<std::string_view> names{"any"};
  for (const Vip& vip : reading.config.vips) names.push_back(vip.name);
  const std::size_t before_nodes = names.size();
  for (const Node& node : reading.config.nodes) names.push_back(node.name);
  const std::string_view close = nearest(host, names);
  if (!close.empty()) diagnostic.label = fmt::format("did you mean `{}`?", close);
  diagnostic.help = kForms;
  if (host.find('.') != std::string_view::npos) {
    diagnostic.help += "; the names that a site answers to stand in `hosts`";
  } else if (names.size() > before_nodes) {
    names.erase(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(before_nodes));
    diagnostic.help += fmt::format("; nodes are {}", list_words(names));
  } else if (host == "node") {
    diagnostic.message = "`node` stands for each node's own address, but the file names no nodes";
  }
  reading.report.add(std::move(diagnostic));
}

// Nodes with known networks say where an address can lie at all.
bool lies_outside(const Reading& reading, const AddressText& address) {
  const auto& nodes = reading.config.nodes;
  if (nodes.empty() || is_loopback(address) || is_wildcard(address)) return false;
  return std::all_of(nodes.begin(), nodes.end(), [&](const Node& node) {
    return node.prefix_length && !same_subnet(node.address, address, *node.prefix_length);
  });
}

void report_outside(const Reading& reading, const Value& value, std::string_view host) {
  Diagnostic diagnostic{.code = Code::OutsideSubnet, .span = value.part(0, host.size())};
  diagnostic.message = fmt::format("{} lies in the network of no node", host);
  for (const Node& node : reading.config.nodes) {
    const Entry* section = reading.document.root.find("node");
    const Entry* entry = section->value.find(node.name);
    diagnostic.related.push_back(
        {entry->value.span, fmt::format("{} is in {}", node.name, subnet_text(node.address, *node.prefix_length))});
    if (diagnostic.related.size() == 4) break;
  }
  diagnostic.help = "use an address of these networks, or correct the length of a prefix";
  reading.report.add(std::move(diagnostic));
}

// The same address may be written in several ways; it is bound once.
std::uint32_t find_or_add(Reading& reading, Listener listener, const Span& span) {
  auto& listeners = reading.config.listeners;
  for (std::uint32_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].endpoint == listener.endpoint) return i;
  }
  listeners.push_back(std::move(listener));
  reading.listener_spans.push_back(span);
  return static_cast<std::uint32_t>(listeners.size() - 1);
}

// False: the site has it already.
bool add(Reading& reading, Listener listener, const Value& value, Site& site) {
  const std::uint32_t index = find_or_add(reading, std::move(listener), value.span);
  if (std::find(site.listeners.begin(), site.listeners.end(), index) != site.listeners.end()) return false;
  site.listeners.push_back(index);
  return true;
}

void add_once(Reading& reading, Listener listener, const Value& value, Site& site) {
  if (add(reading, std::move(listener), value, site)) return;
  reading.report.add({.code = Code::ListenerTwice,
                      .message = fmt::format("\"{}\" is a listener of this site already", value.text),
                      .span = value.span,
                      .help = "leave one out"});
}

Listener at_node(const Node& node, std::uint16_t port, const Value& value) {
  return {join_host_port(node.name, port), {node.address, port}, node.name, value.span.begin};
}

// `node:80`. A node whose address is wrong has none; that was reported where the node is.
void add_all_nodes(Reading& reading, std::uint16_t port, const Value& value, Site& site) {
  bool added = false;
  for (const Node& node : reading.config.nodes) {
    if (!node.address.empty() && add(reading, at_node(node, port, value), value, site)) added = true;
  }
  if (added || reading.report.has_errors()) return;
  reading.report.add({.code = Code::ListenerTwice,
                      .message = fmt::format("\"{}\" adds nothing to the listeners before it", value.text),
                      .span = value.span,
                      .help = "leave it out"});
}

// One for each of its addresses, under the same name while there is one only.
void add_vip(Reading& reading, const Vip& vip, std::uint16_t port, const Value& value, Site& site) {
  std::vector<std::string> nodes;
  for (const VipNode& one : vip.nodes) nodes.push_back(one.node);
  for (const VipAddress& one : vip.addresses) {
    const std::string name = join_host_port(vip.name, port);
    add_once(reading,
             {.name = vip.addresses.size() == 1 ? name : fmt::format("{} ({})", name, one.address),
              .endpoint = {one.address, port},
              .node = "",
              .where = value.span.begin,
              .vip = vip.name,
              .vip_nodes = nodes},
             value, site);
  }
}

}  // namespace

void read_listener(Reading& reading, const Value& value, Site& site) {
  if (value.kind != Kind::Text) {
    Diagnostic diagnostic{.code = Code::WrongType, .message = "a listener is a text", .span = value.span};
    diagnostic.label = fmt::format("this is {}", describe(value.kind));
    diagnostic.help = value.kind == Kind::Integer ? fmt::format("write \"any:{}\" for all addresses", value.integer)
                                                  : std::string(kForms);
    reading.report.add(std::move(diagnostic));
    return;
  }
  const HostPort parts = split_host_port(value.text);
  if (parts.error) return report_parts(value, parts, reading.report);
  if (const Node* node = reading.find_node(parts.host)) {
    if (!node->address.empty()) add_once(reading, at_node(*node, parts.port, value), value, site);
    return;
  }
  for (const Vip& vip : reading.config.vips) {
    if (vip.name == parts.host) return add_vip(reading, vip, parts.port, value, site);
  }
  if (parts.host == "any") {
    return add_once(reading, {value.text, {"::", parts.port}, "", value.span.begin}, value, site);
  }
  const std::vector<Node>& nodes = reading.config.nodes;
  if (parts.host == "node" && !nodes.empty()) return add_all_nodes(reading, parts.port, value, site);
  const std::optional<AddressText> address = parse_address(parts.host);
  if (!address) return report_unknown(reading, value, parts.host);
  if (lies_outside(reading, *address)) return report_outside(reading, value, parts.host);
  const auto owner =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.address == *address; });
  const std::string node = owner == nodes.end() ? "" : owner->name;
  add_once(reading, {value.text, {*address, parts.port}, node, value.span.begin}, value, site);
}

}  // namespace stead::config
