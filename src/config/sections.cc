// The sections of the file, in the order of the reference: the other half of keys.h.
#include "config/keys.h"

namespace stead::config {
namespace {

constexpr SectionInfo kSections[] = {
    {"", "The top of the file", "Keys that stand before the first section."},
    {"node", "[node]",
     "The machines of the installation. The file is the same on all of them: each finds itself by `--node NAME`, or by "
     "which of these addresses it has. A file for one machine needs no nodes.",
     "nodes hosts machines servers"},
    {"vip.*", "[vip.NAME]",
     "Virtual addresses: one node at a time has them, and another takes them over within moments when it dies, "
     "freezes, "
     "is cut off or is told to hand over. Spoken is VRRP (RFC 9568), so routers of others can be in the group.",
     "vips vrrp vrrp-instance virtual-address virtual-ip keepalived failover"},
    {"track.*", "[track.NAME]",
     "What a vip with this in its `track` depends on: exactly one of `gateway`, `file`, `command`, `pool`, "
     "`interface`. "
     "Each node looks for itself. While a track is bad, the node's priority is lowered by `weight`, or, without one, "
     "it "
     "gives the addresses up. A look that says nothing, say of a command that did not end in time, changes nothing.",
     "tracks track-script vrrp-script vrrp-track-file track-interface"},
    {"site.*", "[site.NAME]", "A set of host names, where they are served, and where their requests go.",
     "sites server frontend vhost virtual-host service app"},
    {"site.*.route", "[site.NAME.route]",
     "Where requests go. Each key is a path prefix, or a method and a path prefix: `\"POST /api/\"`. The longest "
     "prefix "
     "that matches is taken, and one with a method before one without.",
     "routes location locations"},
    {"site.*.route.*", "a route of [site.NAME.route]",
     "What stands in the braces of a route: exactly one of `pool`, `answer`, `redirect`."},
    {"pool.*", "[pool.NAME]",
     "Members that can serve the same requests. Members that can be written as \"HOST:PORT\" are; what else there is "
     "to "
     "say of one stands in braces.",
     "pools upstream upstreams backend backends cluster"},
    {"pool.*.members.*", "a member of [pool.NAME]", "What stands in the braces of a member."},
    {"pool.*.check", "`check` of a pool",
     "How Stead looks whether a member is alive. Without `http`, a check connects over TCP and closes again."},
    {"pool.*.queue", "`queue` of a pool",
     "Where requests wait while no member is free or alive, so that a restart makes them slow rather than failed."},
    {"pool.*.idle", "`idle` of a pool", "Connections to members that are kept between requests."},
    {"pool.*.timeouts", "`timeouts` of a pool", "How long Stead waits for a member."},
    {"pool.*.eject", "`eject` of a pool",
     "Members that fail real requests get none for a while, growing each time, whatever their check says. The last "
     "member is never ejected."},
    {"timeouts", "[timeouts]", "How long Stead waits for clients, and for itself when it stops.", "timeout timers"},
    {"worker", "[worker]", "The process that moves all traffic.", "workers process server global"},
    {"log", "[log]", "What is written down.", "logs logging logger"},
    {"admin", "[admin]", "How to look inside. The Unix socket in the run directory is always there.",
     "stats status metrics api"},
};

}  // namespace

std::span<const SectionInfo> all_sections() { return kSections; }

const SectionInfo* find_section(std::string_view path) {
  for (const SectionInfo& section : kSections) {
    if (section.path == path) return &section;
  }
  return nullptr;
}

}  // namespace stead::config
