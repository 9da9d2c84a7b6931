// The keeper's own socket, keeper.sock in the run dir, as text: one line asks, one JSON object answers, then the
// connection closes. For what only the keeper can do; everything about members and traffic is asked of the worker
// (admin.sock).
//
//   reload | upgrade | stop | status | handover VIP | takeback VIP   [colour]
//   {"ok": true, "text": "…"}
//
// An answer comes when the thing is done, so whoever asks may wait long. Both sides of it: control_server.h (keeper),
// control_client.h (commands).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stead::keeper {

enum class ControlCommand : std::uint8_t { Reload, Upgrade, Stop, Status, Handover, Takeback };

struct ControlRequest {
  ControlCommand command = ControlCommand::Status;
  bool colour = false;   // the answer's text is for a terminal
  std::string vip = {};  // Handover, Takeback: its name
};

[[nodiscard]] std::string encode(const ControlRequest& request);  // with the newline
[[nodiscard]] std::optional<ControlRequest> parse_request(std::string_view line);

// What the keeper knows of itself and its workers.
struct KeeperStatus {
  struct Worker {
    std::int32_t pid = 0;
    std::string role;
    std::string version;
    bool serving = false;
  };
  struct Listener {
    std::string name;
    std::string address;  // where it really listens; empty: nowhere
    std::string problem;  // why
  };
  // What a vip depends on beside its worker and its link.
  struct Track {
    std::string name;
    bool good = true;
    std::string why = {};        // it is bad
    std::int64_t since_ms = -1;  // how long it has been what it is; -1: from the start
    std::uint32_t weight = 0;    // 0: the node gives the addresses up while it is bad
    std::uint64_t unknowns = 0;  // looks that said nothing
  };
  // A VRRP group of this node.
  struct Vip {
    std::string name;
    std::vector<std::string> addresses;
    std::string state;          // "active", "backup", "out"
    std::string why;            // it came to be in this state, in words
    std::string problem;        // why it cannot take part, or its command fails; empty: none
    std::string owner;          // as far as this node knows: a node's name, or an address; empty: unknown
    std::string next;           // who follows if that one dies
    std::int64_t since_ms = 0;  // how long it has been in this state
    std::uint32_t priority = 0;
    bool leaving = false;  // has been told to hand over
    std::uint64_t second_actives = 0;
    std::uint64_t refused = 0;  // adverts
    std::vector<Track> tracks = {};
    std::string witness = {};  // how it is, in words; empty: there is none
  };
  // A group of which this node is the witness.
  struct WitnessOf {
    std::string vip;
    std::vector<std::string> addresses;
    std::string holder;         // the node that may have them; empty: none
    std::int64_t since_ms = 0;  // how long that has been so
    std::uint64_t denied = 0;   // takeovers
  };
  std::int32_t pid = 0;
  std::string version;
  std::string node;
  std::string file;
  std::uint64_t generation = 0;
  std::int64_t uptime_ms = 0;
  std::uint32_t worker_deaths = 0;
  std::string busy;  // "reload", "upgrade", "stop"; empty: nothing under way
  std::vector<Worker> workers;
  std::vector<Listener> listeners;
  std::vector<Vip> vips = {};
  std::vector<WitnessOf> witness_of = {};
};

struct ControlReply {
  bool ok = false;
  std::string text;                    // for people; may have many lines
  std::optional<KeeperStatus> status;  // of Status
};

[[nodiscard]] std::string encode(const ControlReply& reply);  // with a newline
[[nodiscard]] Result<ControlReply> decode_reply(std::string_view text);

}  // namespace stead::keeper
