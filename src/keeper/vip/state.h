// What the thread that speaks VRRP tells the rest of the keeper: plain values, copied without allocating.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/ip_address.h"
#include "base/time.h"
#include "core/vrrp/gate.h"
#include "core/vrrp/router.h"

namespace stead::keeper::vip {

// Why a group cannot take part now.
enum class Problem : std::uint8_t {
  None,
  NoInterface,     // there is none with the node's address, or of the name in the file
  NoSource,        // the interface has no address that adverts could come from
  NoSocket,        // not permitted, or no memory
  NoOwnInterface,  // with the virtual MAC: not permitted, or the kernel has no macvlan
  LinkDown,
  CannotSend,  // adverts: a firewall, perhaps
  WorkerDown,
  Withdrawn,  // something that the vip tracks is bad
  Held,       // another group that belongs to it cannot
};

struct GroupState {
  std::uint32_t interface = 0;  // 0: not known yet
  core::vrrp::State state = core::vrrp::State::Initialize;
  core::vrrp::Cause cause = core::vrrp::Cause::Started;
  Problem problem = Problem::None;
  int problem_code = 0;  // errno, of NoSocket, NoOwnInterface and CannotSend
  Instant since{};
  std::uint8_t priority = 0;
  bool leaving = false;
  std::optional<core::vrrp::Router::Peer> peer;  // who is active, as far as we know
  std::uint64_t sent = 0;
  std::uint64_t send_errors = 0;
  std::uint64_t received = 0;    // and taken
  std::uint64_t not_signed = 0;  // of these, where there are secrets
  std::uint64_t transitions = 0;
  std::uint64_t second_actives = 0;  // adverts of another while we were active
  std::uint64_t announcements = 0;
  std::uint64_t address_errors = 0;
  std::array<std::uint64_t, core::vrrp::kFaults> refused{};
  std::optional<IpAddress> refused_from;  // the last
};

struct LoopState {
  bool real_time = false;
  std::uint64_t timers = 0;  // that have fired
  Duration latest{};         // by how much the latest of them was late
  std::uint64_t late_over_1ms = 0;
  std::uint64_t late_over_10ms = 0;
};

// One thing that happened, for the log.
struct Event {
  enum class Kind : std::uint8_t { Changed, SecondActive, ProblemBegan, ProblemEnded, AddressError };
  Kind kind = Kind::Changed;
  std::uint32_t group = 0;             // index into the plan's
  std::uint64_t generation = 0;        // of the plan
  core::vrrp::Changed changed = {};    // Changed
  std::optional<IpAddress> peer = {};  // SecondActive; AddressError: the address
  std::uint8_t priority = 0;           // SecondActive
  Problem problem = Problem::None;
  int code = 0;  // errno
};

}  // namespace stead::keeper::vip
