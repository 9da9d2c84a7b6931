// The configuration file as typed values: what the reader (config/reader.h) makes of a file without mistakes. Every
// value is filled in: a key that the file leaves out holds its default from the table of keys.
//
// Plain data. It knows nothing of sockets, of which node this is, or of what runs now; config/diff.h compares two of
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace stead::config {

// Where in the file something was said; lines and columns count from 1. Line 0: nowhere (a default).
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// An IPv4 or IPv6 address in its canonical text, without a port: "10.0.0.11", "2001:db8::1".
using AddressText = std::string;

struct Endpoint {
  AddressText address;
  std::uint16_t port = 0;
  [[nodiscard]] bool operator==(const Endpoint&) const = default;
};

struct Node {
  std::string name;
  AddressText address;
  std::optional<std::uint8_t> prefix_length;  // from "10.0.0.11/24"; nullopt where the file gives none
  Position where;
};

// One of [vip.NAME] `address`.
struct VipAddress {
  AddressText address;
  std::optional<std::uint8_t> prefix_length;  // of the network that it lies in
  [[nodiscard]] bool operator==(const VipAddress&) const = default;
};

// A node that may own the addresses. The one of the highest priority does, while it can.
struct VipNode {
  std::string node;
  std::uint8_t priority = 0;  // of VRRP: 1 to 255
  [[nodiscard]] bool operator==(const VipNode&) const = default;
};

// What adverts are signed with.
struct VipSecret {
  std::uint8_t id = 0;  // 1 to 255
  std::string key;      // as bytes: 32 to 64
  [[nodiscard]] bool operator==(const VipSecret&) const = default;
};

// What becomes of adverts that are not signed; only with secrets.
enum class VipAuthentication : std::uint8_t {
  Enforce,      // refused
  Permissive,   // taken
  ReceiveOnly,  // taken, and ours are not signed either
};

// How the network learns that an address has moved.
enum class VipProvider : std::uint8_t {
  Arp,   // by ARP and neighbour advertisements
  Exec,  // by a program of the operator's
};

// Addresses that move together between nodes.
struct Vip {
  std::string name;
  std::vector<VipAddress> addresses;
  std::vector<VipNode> nodes;   // in the order of preference
  std::uint32_t router_id = 0;  // of VRRP: 1 to 255
  std::string sync;             // vips with the same one are at one node together; empty: on its own
  bool spread = false;          // the addresses are shared by all nodes, instead of moving together
  // With `spread`: of each address, in their order; the first is router_id. Else empty.
  std::vector<std::uint32_t> spread_ids;
  std::uint32_t version = 3;  // of VRRP
  Duration advert{};          // between two adverts
  bool preempt = true;
  Duration preempt_delay{};
  Duration startup_delay{};
  bool unicast = false;
  std::vector<AddressText> peers;  // routers that are no nodes of the file
  std::string password;            // version 2; empty: none
  std::vector<VipSecret> secrets;  // the first is for sending; never to be shown
  VipAuthentication authentication = VipAuthentication::Enforce;
  bool plain_checksum = false;  // version 3 over IPv4: without a pseudo-header
  std::string interface;        // empty: the one with the node's address
  bool virtual_mac = false;     // the addresses are on an interface of Stead's own, with a MAC that moves with them
  std::vector<std::string> tracks;
  VipProvider provider = VipProvider::Arp;
  std::vector<std::string> command;  // VipProvider::Exec: the program, and its first arguments
  Duration assert_every{};           // VipProvider::Exec: between two runs, once the first has succeeded
  Duration command_timeout{};        // VipProvider::Exec
  std::string witness;               // a node that is none of `nodes`; empty: none
  Position where;

  [[nodiscard]] bool has_node(std::string_view wanted) const {
    for (const VipNode& one : nodes) {
      if (one.node == wanted) return true;
    }
    return false;
  }
};

enum class TrackKind : std::uint8_t { Gateway, File, Command, Pool, Interface };

// What else a node must have to be worth an address: besides its worker, and the link that the address is on.
struct Track {
  std::string name;
  TrackKind kind = TrackKind::File;
  AddressText gateway;               // TrackKind::Gateway
  std::string file;                  // TrackKind::File
  std::vector<std::string> command;  // TrackKind::Command: the program, and its arguments
  std::string pool;                  // TrackKind::Pool
  std::string interface;             // TrackKind::Interface
  std::uint32_t weight = 0;          // by which the priority is lowered while it is bad; 0: the addresses are given up
  Duration every{};
  Duration timeout{};
  std::uint32_t fall = 0;
  std::uint32_t rise = 0;
  Position where;
};

// Where clients connect. `node` is empty for `any:port`, `address:port` and `vip:port`; with it, only that node binds.
struct Listener {
  std::string name;   // as written: "edge-1:80", "any:8080", "127.0.0.1:8080", "public:80"
  Endpoint endpoint;  // address "::" for `any`, which takes IPv4 as well
  std::string node;
  Position where;
  std::string vip = {};  // bound on all of its nodes, whoever has the address
  std::vector<std::string> vip_nodes = {};
};

// The name of the listener for [admin] metrics, which the keeper binds beside those of the sites. No site's listener is
// called so: theirs have a port.
inline constexpr std::string_view kMetricsListener = "metrics";

enum class RouteKind : std::uint8_t { Pool, Answer, Redirect };

// One line of [site.NAME.route]. The key is a path prefix, with an optional method before it: "POST /api/".
struct Route {
  std::string method;  // empty: any
  std::string prefix;  // begins with '/'
  RouteKind kind = RouteKind::Pool;
  std::string pool;            // RouteKind::Pool
  std::uint16_t status = 200;  // RouteKind::Answer, RouteKind::Redirect
  std::string body;            // RouteKind::Answer
  std::string content_type;    // RouteKind::Answer
  std::string location;        // RouteKind::Redirect; "{path}" in it stands for the request's path and query
  Position where;
};

struct Site {
  std::string name;
  std::vector<std::string> hosts;        // lower case; "shop.example.com", "*.example.com", or "*" for every name
  std::vector<std::uint32_t> listeners;  // indices into Config::listeners
  std::vector<Route> routes;
  Position where;
};

enum class Balance : std::uint8_t { RoundRobin, LeastRequest, Random };

enum class CheckKind : std::uint8_t { None, Tcp, Http };

struct Check {
  CheckKind kind = CheckKind::Tcp;
  std::string path;  // CheckKind::Http
  std::string host;  // Host header of the check; the member's own name where empty
  std::uint16_t expect_status_from = 200;
  std::uint16_t expect_status_to = 399;
  std::string expect_body;  // text that must occur in the body's first 64 KiB; empty: any
  Duration every{};
  Duration every_fast{};  // while a member is changing state
  Duration timeout{};
  std::uint32_t rise = 0;
  std::uint32_t fall = 0;
};

struct Member {
  std::string name;          // as written: "app-1:8000"
  Endpoint endpoint;         // address empty where the name could not be resolved: the member is skipped, loudly
  std::string host;          // the part before the port, as written: a node's name, a host name or an address
  std::uint32_t weight = 1;  // 0 to 1000; 0 takes no new requests
  bool backup = false;       // takes requests only while no other member can
  std::uint32_t max_connections = 0;  // 0: no limit
  Position where;
};

struct Pool {
  std::string name;
  std::vector<Member> members;
  Balance balance = Balance::RoundRobin;
  Check check;
  Duration slow_start{};               // 0: none
  std::uint32_t queue_limit = 0;       // requests that may wait for a member, per data loop
  Duration queue_timeout{};            // how long each may wait
  std::uint32_t idle_connections = 0;  // kept open to each member, per data loop
  Duration idle_timeout{};             // upper bound on how long one is kept; what the member does shortens it
  Duration connect_timeout{};
  Duration first_byte_timeout{};  // request sent to first byte of the answer
  Duration try_timeout{};         // 0: learned from the pool's own latency, at least 50 ms
  std::uint32_t retry_budget_percent = 0;
  std::uint32_t eject_after = 0;  // consecutive failures; 0: never
  Duration eject_for{};           // the first ejection; grows with each
  Position where;
};

// Bounds on what a client may take of our time.
struct Timeouts {
  Duration head{};     // first byte of a request to the end of its head
  Duration body{};     // between two pieces of a body, either way
  Duration idle{};     // a kept connection without a request
  Duration request{};  // a whole request; 0: no limit
  Duration drain{};    // how long a stop or a handover waits for what is in flight
};

struct Worker {
  std::uint32_t loops = 0;            // 0: one per core
  Duration heartbeat_timeout{};       // a worker silent for this long is killed and replaced
  std::string user;                   // empty: "nobody" when the keeper is root, else unchanged
  std::uint32_t max_connections = 0;  // client connections, over all loops
};

struct Log {
  std::string access;  // "off", "stdout", or a path
  std::string level;   // "debug", "info", "warn", "error"
};

struct Admin {
  std::string metrics;  // address:port that serves /metrics over TCP; empty: the Unix socket only
};

struct Config {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Vip> vips;
  std::vector<Track> tracks;
  std::vector<Listener> listeners;  // each once, however many sites use it
  std::vector<Site> sites;
  std::vector<Pool> pools;
  Timeouts timeouts;
  Worker worker;
  Log log;
  Admin admin;

  [[nodiscard]] const Node* find_node(std::string_view node_name) const {
    for (const Node& node : nodes) {
      if (node.name == node_name) return &node;
    }
    return nullptr;
  }
  [[nodiscard]] const Track* find_track(std::string_view track_name) const {
    for (const Track& track : tracks) {
      if (track.name == track_name) return &track;
    }
    return nullptr;
  }
  [[nodiscard]] const Pool* find_pool(const std::string& pool_name) const {
    for (const Pool& pool : pools) {
      if (pool.name == pool_name) return &pool;
    }
    return nullptr;
  }
};

}  // namespace stead::config
