#include <fmt/format.h>

#include <charconv>

#include "config/address.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::string_view kExample = "edge-1 = \"10.0.0.11/24\"";

// "/24" of "10.0.0.11/24"; the caller has cut it off.
std::optional<std::uint8_t> parse_prefix_length(std::string_view text, bool version_6) {
  std::uint8_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || length == 0 || length > (version_6 ? 128 : 32)) return std::nullopt;
  return length;
}

void report_bad_address(const Value& value, const Span& span, std::string message, Report& report) {
  Diagnostic diagnostic{.code = Code::BadAddress, .message = std::move(message), .span = span};
  if (value.text.find(':') != std::string::npos && parse_address(value.text.substr(0, value.text.rfind(':')))) {
    diagnostic.why = "a node has an address; ports stand at its listeners and members";
  } else {
    diagnostic.why = "nodes are found by address, so that they can be told apart while no name server answers";
  }
  diagnostic.help = fmt::format("write an IPv4 or IPv6 address: {}", kExample);
  report.add(std::move(diagnostic));
}

bool read_address(const Value& value, Node& node, Report& report) {
  const std::string_view text = value.text;
  const std::size_t slash = text.find('/');
  const std::optional<AddressText> address = parse_address(text.substr(0, slash));
  if (!address || is_wildcard(*address)) {
    report_bad_address(value, value.part(0, std::min(slash, text.size())),
                       fmt::format("\"{}\" is not the address of a node", text.substr(0, slash)), report);
    return false;
  }
  node.address = *address;
  if (slash == std::string_view::npos) return true;
  node.prefix_length = parse_prefix_length(text.substr(slash + 1), is_version_6(*address));
  if (node.prefix_length) return true;
  report.add({.code = Code::BadAddress,
              .message = "not the length of a network's prefix",
              .span = value.part(slash, text.size() - slash),
              .why = "it says how many bits of the address are the network's: 1 to 32, for IPv6 1 to 128",
              .help = fmt::format("write the length, or leave it out: {}", kExample)});
  return false;
}

bool name_is_free(const Entry& entry, Report& report) {
  if (!is_name(entry.key) || entry.key.find('.') != std::string::npos) {
    report.add({.code = Code::BadName,
                .message = fmt::format("\"{}\" cannot be the name of a node", entry.key),
                .span = entry.key_span,
                .help = "use letters, digits, '-' and '_'; no dots, which are for host names"});
    return false;
  }
  if (entry.key != "any" && entry.key != "node") return true;
  report.add({.code = Code::BadName,
              .message = fmt::format("`{}` cannot be the name of a node", entry.key),
              .span = entry.key_span,
              .why = "in `listen` it stands for every address, or for each node's own",
              .help = "choose another name"});
  return false;
}

void report_shared(const Reading& reading, const Value& value, const Node& node) {
  for (const Node& other : reading.config.nodes) {
    if (other.address != node.address) continue;
    const Entry* section = reading.document.root.find("node");
    const Entry* first = section->value.find(other.name);
    reading.report.add({.code = Code::SharedAddress,
                        .message = fmt::format("{} has the address of {}", node.name, other.name),
                        .span = value.span,
                        .related = {{first->value.span, fmt::format("{} has it here", other.name)}},
                        .help = "give each node an address of its own"});
  }
}

// An address as text, or a table with `address`, which leaves room for what else a node may need one day.
const Value* address_of(const Entry& entry, Report& report) {
  const Value* value = &entry.value;
  if (value->kind == Kind::Table) {
    const Entry* address = value->find("address");
    for (const Entry& other : value->entries) {
      if (other.key == "address") continue;
      report.add({.code = Code::UnknownKey,
                  .message = fmt::format("unknown key `{}` in node {}", other.key, entry.key),
                  .span = other.key_span,
                  .help = "known here: `address`"});
    }
    value = address == nullptr ? nullptr : &address->value;
  }
  if (value != nullptr && value->kind == Kind::Text) return value;
  report.add({.code = value == nullptr ? Code::MissingKey : Code::WrongType,
              .message = fmt::format("node {} needs an address", entry.key),
              .span = value == nullptr ? entry.key_span : value->span,
              .help = fmt::format("for example: {}", kExample)});
  return nullptr;
}

}  // namespace

void read_nodes(Reading& reading) {
  const Entry* section = reading.document.root.find("node");
  if (section == nullptr) return;
  if (!expect_table(section->value, Place{"node", "[node]", section->key_span}, reading.report)) return;
  for (const Entry& entry : section->value.entries) {
    if (!name_is_free(entry, reading.report)) continue;
    Node node;
    node.name = entry.key;
    node.where = entry.key_span.begin;
    const Value* value = address_of(entry, reading.report);
    if (value != nullptr && read_address(*value, node, reading.report)) report_shared(reading, *value, node);
    // A node whose address is wrong still exists: what names it is not wrong as well.
    reading.config.nodes.push_back(std::move(node));
  }
}

}  // namespace stead::config
