// The part of the plan that speaks of tracks: what is looked at, and where the addresses go while it is bad. A weight
// that does not reach below the next node is the usual mistake, so that is computed and said.
#include <fmt/format.h>

#include <algorithm>

#include "config/explain.h"
#include "config/quantity.h"

namespace stead::config {
namespace {

constexpr std::uint32_t kOwnerPriority = 255;

// "10.0.0.1 answers pings".
std::string looks_at(const Track& track) {
  switch (track.kind) {
    case TrackKind::Gateway:
      return fmt::format("whether {} answers pings", track.gateway);
    case TrackKind::File:
      return fmt::format("that {} does not exist", track.file);
    case TrackKind::Command:
      return fmt::format("whether {} exits with 0", fmt::join(track.command, " "));
    case TrackKind::Pool:
      return fmt::format("whether a member of pool {} can serve", track.pool);
    case TrackKind::Interface:
      return fmt::format("whether {} is up, with a carrier", track.interface);
  }
  return {};
}

// `who`: "the node that has public".
std::string is_bad(const Track& track, const std::string& who) {
  switch (track.kind) {
    case TrackKind::Gateway:
      return fmt::format("{} does not answer pings of {}", track.gateway, who);
    case TrackKind::File:
      return fmt::format("{} exists on {}", track.file, who);
    case TrackKind::Command:
      return fmt::format("{} fails on {}", track.command.front(), who);
    case TrackKind::Pool:
      return fmt::format("{} knows no member of pool {} that can serve", who, track.pool);
    case TrackKind::Interface:
      return fmt::format("{} of {} is down or has no carrier", track.interface, who);
  }
  return {};
}

bool has_timeout(const Track& track) { return track.kind == TrackKind::Gateway || track.kind == TrackKind::Command; }

std::vector<VipNode> by_priority(const Vip& vip) {
  std::vector<VipNode> nodes = vip.nodes;
  std::ranges::stable_sort(nodes, std::ranges::greater{}, &VipNode::priority);
  return nodes;
}

// What a weight does to the one that is usually the owner.
std::string lowered(const Track& track, const std::vector<VipNode>& nodes) {
  const VipNode& first = nodes.front();
  if (first.priority == kOwnerPriority) {
    return fmt::format("nothing moves: {} has priority 255, which is never lowered", first.node);
  }
  const int left = std::max(static_cast<int>(first.priority) - static_cast<int>(track.weight), 1);
  const std::string becomes = fmt::format("the priority of {} becomes {}", first.node, left);
  if (nodes.size() < 2) return becomes + ", which moves nothing, as there is no other node";
  const VipNode& second = nodes[1];
  if (left >= second.priority) {
    return fmt::format("{}, which by itself moves nothing, as {} has {}", becomes, second.node, second.priority);
  }
  return fmt::format("{}, and {} ({}) takes over; where it is so on every node, nothing moves", becomes, second.node,
                     second.priority);
}

std::string sentence(const Vip& vip, const Track& track) {
  const Duration after = track.fall * track.every + (has_timeout(track) ? track.timeout : Duration{});
  const std::string who = (vip.spread ? "a node of " : "the node that has ") + vip.name;
  const std::string begin = fmt::format("If {}, within {} ", is_bad(track, who), say_duration(after));
  if (vip.spread) {
    return begin + "the others have its addresses; where it is so on every node, " +
           (track.weight > 0 ? "nothing moves." : "nobody has any.");
  }
  if (track.weight > 0) return begin + lowered(track, by_priority(vip)) + ".";
  if (vip.nodes.size() < 2) return begin + "it gives the address up, and nobody has it.";
  return begin + "it gives the address up to the next node; where it is so on every node, nobody has it.";
}

}  // namespace

std::string explain(const Track& track) {
  std::string text = fmt::format("looks every {} {}", say_duration(track.every), looks_at(track));
  if (has_timeout(track)) text += fmt::format(", for up to {}", say_duration(track.timeout));
  text += track.fall == 1 ? "; bad at once" : fmt::format("; bad after {} in a row", track.fall);
  text += track.rise == 1 ? ", good at once" : fmt::format(", good after {}", track.rise);
  return text + (track.weight > 0 ? fmt::format("; bad lowers the priority by {}", track.weight)
                                  : "; bad gives the address up");
}

void tracks_go_bad(const Config& config, const Vip& vip, std::vector<std::string>& sentences) {
  if (vip.nodes.empty()) return;
  for (const std::string& name : vip.tracks) {
    if (const Track* track = config.find_track(name)) sentences.push_back(sentence(vip, *track));
  }
}

}  // namespace stead::config
