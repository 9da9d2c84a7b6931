// The rows of the table of keys (keys.h) for [vip.NAME]. Only keys.cc includes it.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/keys.h"

namespace stead::config {

inline constexpr std::string_view kVipChecksums[] = {"pseudo-header", "plain"};
// In the order of VipAuthentication.
inline constexpr std::string_view kVipAuthentications[] = {"enforce", "permissive", "receive-only"};

inline constexpr std::string_view kVipMacs[] = {"interface", "virtual"};

// Durations in milliseconds, as everywhere in the table.
inline constexpr Key kVipKeys[] = {
    {.section = "vip.*",
     .name = "address",
     .type = Type::VipAddresses,
     .required = true,
     .description = "The address, or a list of addresses that move together, each with the length of its network's "
                    "prefix.",
     .example = "address = \"10.0.0.100/24\"",
     .also = "addresses ip vip virtual-ipaddress virtual-address"},
    {.section = "vip.*",
     .name = "nodes",
     .type = Type::VipNodes,
     .required = true,
     .description = "Who may own the addresses: the first while it is well, else the second, and so on.",
     .example = "nodes = [\"edge-1\", \"edge-2\"]",
     .also = "node members hosts owners"},
    {.section = "vip.*",
     .name = "advert",
     .type = Type::Duration,
     .fallback = "\"100ms\"",
     .min = 10,
     .max = 40'000,
     .description = "How often the owner says that it is there. One that is silent for three of these is succeeded. "
                    "Version 2 knows whole seconds only.",
     .example = "advert = \"20ms\"",
     .also = "advert-int advertisement advertisement-interval interval every",
     .store = &Vip::advert},
    {.section = "vip.*",
     .name = "router-id",
     .type = Type::Count,
     .absent = "the last byte of the first address, or the next that is free",
     .min = 1,
     .max = 255,
     .description = "The virtual router id of VRRP, which no other group on the same network may have.",
     .example = "router-id = 51",
     .also = "id vrid virtual-router-id",
     .store = &Vip::router_id},
    {.section = "vip.*",
     .name = "priority",
     .type = Type::Priorities,
     .absent = "254 for the first of `nodes`, 253 for the second, and so on",
     .min = 1,
     .max = 255,
     .description = "VRRP priorities by node, to join a group that exists already. 255 is for a node that owns the "
                    "address anyway.",
     .example = "priority = { edge-1 = 150, edge-2 = 100 }",
     .also = "priorities prio"},
    {.section = "vip.*",
     .name = "spread",
     .type = Type::Flag,
     .fallback = "false",
     .description =
         "Whether the addresses are shared by all nodes, each a part of them, so that every node works. When "
         "one dies the others share what it had, and nothing else moves.",
     .example = "spread = true",
     .also = "share balance active-active",
     .store = &Vip::spread},
    {.section = "vip.*",
     .name = "preempt",
     .type = Type::Flag,
     .fallback = "true",
     .description = "Whether a preferred node takes the addresses back when it returns. Without it, they stay where "
                    "they are until their owner fails or gives them up.",
     .example = "preempt = false",
     .also = "nopreempt",
     .store = &Vip::preempt},
    {.section = "vip.*",
     .name = "preempt-delay",
     .type = Type::Duration,
     .fallback = "\"0s\"",
     .max = 3'600'000,
     .description = "How long a preferred node that returns watches before it takes the addresses back.",
     .example = "preempt-delay = \"30s\"",
     .store = &Vip::preempt_delay},
    {.section = "vip.*",
     .name = "startup-delay",
     .type = Type::Duration,
     .fallback = "\"0s\"",
     .max = 3'600'000,
     .description = "How long a node listens at least when it starts, for switches that pass no traffic at first.",
     .example = "startup-delay = \"10s\"",
     .also = "vrrp-startup-delay delay",
     .store = &Vip::startup_delay},
    {.section = "vip.*",
     .name = "version",
     .type = Type::Count,
     .fallback = "3",
     .min = 2,
     .max = 3,
     .description = "Of VRRP. 2 is for routers that know no other; IPv6 needs 3.",
     .example = "version = 2",
     .also = "vrrp-version",
     .store = &Vip::version},
    {.section = "vip.*",
     .name = "unicast",
     .type = Type::Flag,
     .fallback = "false",
     .description = "Sends adverts to each node of `nodes` and each of `peers`, and takes them from nobody else: for "
                    "networks without multicast.",
     .example = "unicast = true",
     .store = &Vip::unicast},
    {
        .section = "vip.*",
        .name = "peers",
        .type = Type::Peers,
        .absent = "the nodes only",
        .description = "Addresses of routers of the group that are no nodes of this file.",
        .example = "peers = [\"10.0.0.13\"]",
        .also = "peer unicast-peer unicast-peers",
    },
    {.section = "vip.*",
     .name = "password",
     .type = Type::Text,
     .absent = "none",
     .description = "Version 2 only: up to 8 characters that all routers of the group have in common. It keeps "
                    "mistakes out, not attackers: it travels in the clear.",
     .example = "password = \"shop\"",
     .also = "auth auth-pass pass",
     .store = &Vip::password},
    {.section = "vip.*",
     .name = "secrets",
     .type = Type::Secrets,
     .absent = "adverts are not signed",
     .description = "What adverts are signed with (HMAC-SHA256, as keepalived 2.4 has it): a number from 1 to 255 and "
                    "32 to 64 characters, or `hex:` and as many bytes, as `openssl rand -hex 32` makes them. All "
                    "routers of the group have the same. The first is for sending, all of them are accepted, so that "
                    "one can follow another. The routers' clocks must agree within 5 seconds.",
     .example = "secrets = [\"1:32-to-64-characters-of-your-own-choice\"]",
     .also = "secret key keys auth-hmac hmac hmac-key signature sign"},
    {.section = "vip.*",
     .name = "authentication",
     .type = Type::Choice,
     .fallback = "\"enforce\"",
     .choices = kVipAuthentications,
     .description = "With `secrets`: what becomes of adverts that are not signed. `enforce` refuses them; `permissive` "
                    "takes them; `receive-only` takes them, and does not sign either. To sign the adverts of a group "
                    "that runs, go from the last to the first, on all routers each time. Adverts with a wrong "
                    "signature are refused in any case.",
     .example = "authentication = \"permissive\"",
     .also = "auth-mode mode hmac-mode",
     .store = +[](Vip& vip, std::uint32_t choice) { vip.authentication = static_cast<VipAuthentication>(choice); }},
    {.section = "vip.*",
     .name = "checksum",
     .type = Type::Choice,
     .fallback = "\"pseudo-header\"",
     .choices = kVipChecksums,
     .description =
         "Version 3 over IPv4: what adverts are sent with. keepalived and FRR send and expect a pseudo-header "
         "unless told otherwise; RFC 9568 and most hardware routers have none. Both are understood.",
     .example = "checksum = \"plain\"",
     .also = "v3-checksum-as-v2 checksum-with-ipv4-pseudoheader",
     .store = +[](Vip& vip, std::uint32_t choice) { vip.plain_checksum = choice == 1; }},
    {.section = "vip.*",
     .name = "interface",
     .type = Type::Text,
     .absent = "the one that has the node's address",
     .description = "The network interface.",
     .example = "interface = \"eth1\"",
     .also = "dev device nic",
     .store = &Vip::interface},
    {.section = "vip.*",
     .name = "mac",
     .type = Type::Choice,
     .fallback = "\"interface\"",
     .choices = kVipMacs,
     .description =
         "Which hardware address clients reach the addresses at. `interface`: the node's own, and clients are told of "
         "the new one when the addresses move. `virtual`: that of the virtual router, which moves with them, for "
         "clients that do not listen; it needs a switch that allows a port more than one hardware address.",
     .example = "mac = \"virtual\"",
     .also = "use-vmac vmac virtual-mac hardware-address",
     .store = +[](Vip& vip, std::uint32_t choice) { vip.virtual_mac = choice == 1; }},
    {.section = "vip.*",
     .name = "track",
     .type = Type::TrackNames,
     .absent = "the worker, and the interface's link, which count anyway",
     .description = "Names of [track.NAME]: what a node must have, besides, to be worth the addresses.",
     .example = "track = [\"uplink\", \"app\"]",
     .also = "tracks track-script track-interface track-file track-process"},
};

}  // namespace stead::config
