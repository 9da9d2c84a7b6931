#include "config/read_witness.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/nearest.h"

namespace stead::config {
namespace {

constexpr std::uint8_t kOwnerPriority = 255;

void report_bad(Reading& reading, const Span& span, std::string message, std::string help, std::string why = {}) {
  reading.report.add({.code = Code::BadWitness,
                      .message = std::move(message),
                      .span = span,
                      .why = std::move(why),
                      .help = std::move(help)});
}

std::vector<std::string_view> possible_witnesses(const Reading& reading, const Vip& vip) {
  std::vector<std::string_view> names;
  for (const Node& node : reading.config.nodes) {
    if (!vip.has_node(node.name)) names.push_back(node.name);
  }
  return names;
}

std::string name_another(const std::vector<std::string_view>& names) {
  if (names.empty()) return "add a third machine to [node], on which Stead runs with this file";
  return fmt::format("it can be {}", list_words(names));
}

void report_unknown(Reading& reading, const Value& value, const Vip& vip) {
  const std::vector<std::string_view> names = possible_witnesses(reading, vip);
  const std::string_view close = nearest(value.text, names);
  Diagnostic diagnostic{.code = Code::UnknownNode,
                        .message = fmt::format("`{}` is no node", value.text),
                        .span = value.span,
                        .why = "the others must know where to ask it"};
  if (!close.empty()) {
    diagnostic.label = fmt::format("did you mean `{}`?", close);
    diagnostic.replacement = fmt::format("\"{}\"", close);
  }
  diagnostic.help = name_another(names);
  reading.report.add(std::move(diagnostic));
}

bool same_family(const Reading& reading, const Vip& vip, const Node& witness) {
  return std::ranges::all_of(vip.nodes, [&](const VipNode& one) {
    const Node* node = reading.find_node(one.node);
    return node == nullptr || node->address.empty() || is_version_6(node->address) == is_version_6(witness.address);
  });
}

void check_group(Reading& reading, const Value& value, const Vip& vip) {
  if (!vip.peers.empty()) {
    report_bad(reading, value.span, "a witness and `peers` do not go together", "leave one of the two out",
               "a router that is no node of the file asks no witness, and gives no address up for it");
  }
  const auto owner = std::ranges::find(vip.nodes, kOwnerPriority, &VipNode::priority);
  if (owner != vip.nodes.end()) {
    report_bad(reading, value.span, fmt::format("{} has priority 255, and asks nobody", owner->node),
               "give it 254 at most", "255 is for a node that owns the address whatever the others say");
  }
}

// What to write depends on what the file has.
void warn_of_blindness(Reading& reading, const Value& table, const Vip& vip) {
  const Entry* nodes = table.find("nodes");
  const bool looks_out = std::ranges::any_of(vip.tracks, [&](const std::string& name) {
    const Track* track = reading.config.find_track(name);
    return track != nullptr && track->kind == TrackKind::Gateway;
  });
  if (nodes == nullptr || vip.nodes.size() < 2 || looks_out || !reading.document.complete) return;
  const std::vector<std::string_view> names = possible_witnesses(reading, vip);
  const std::string witness =
      names.empty() || !vip.peers.empty()
          ? std::string()
          : fmt::format("name a third machine on which Stead runs, witness = \"{}\", or ", names.front());
  reading.report.add(
      {.code = Code::BlindVip,
       .message = fmt::format("[vip.{}] cannot tell a dead node from a dead link", vip.name),
       .span = nodes->value.span,
       .help = fmt::format("{}track a gateway, which a node that is cut off does not reach: [track.uplink] with "
                           "gateway = \"…\", and track = [\"uplink\"]",
                           witness)});
}

}  // namespace

void check_witness(Reading& reading, const Value& table, const Vip& vip) {
  const Entry* entry = table.find("witness");
  if (entry == nullptr || entry->value.kind != Kind::Text) return warn_of_blindness(reading, table, vip);
  const Value& value = entry->value;
  const Node* node = reading.find_node(value.text);
  if (node == nullptr) return report_unknown(reading, value, vip);
  if (vip.has_node(value.text)) {
    return report_bad(
        reading, value.span, fmt::format("{} is one of the nodes of [vip.{}] itself", value.text, vip.name),
        name_another(possible_witnesses(reading, vip)), "a witness is a third machine, which sees both sides");
  }
  if (!node->address.empty() && !same_family(reading, vip, *node)) {
    report_bad(reading, value.span,
               fmt::format("{} and the nodes of [vip.{}] have addresses of two kinds in [node]", value.text, vip.name),
               "give all of them IPv4 addresses, or all of them IPv6", "they could not send each other anything");
  }
  check_group(reading, value, vip);
}

}  // namespace stead::config
