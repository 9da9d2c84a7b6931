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

// Of a group that asks for votes.
struct VoteState {
  bool witness_silent = false;
  Instant answered{};         // when the witness last did
  std::uint64_t denied = 0;   // takeovers that were not permitted
  std::uint64_t refused = 0;  // ballots, of somebody else, or not signed as they should be
};

// Of a group of which we are the witness. Nodes are indices into the vip's.
struct WitnessState {
  std::optional<std::size_t> holder;
  Instant since{};
  std::uint64_t asked = 0;
  std::uint64_t denied = 0;   // takeovers
  std::uint64_t refused = 0;  // ballots, as above
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
  std::optional<VoteState> vote;
};

struct LoopState {
  bool real_time = false;
  std::uint64_t timers = 0;  // that have fired
  Duration latest{};         // by how much the latest of them was late
  std::uint64_t late_over_1ms = 0;
  std::uint64_t late_over_10ms = 0;
  int ballots_error = 0;  // errno: why nobody can be asked or answered
};

// One thing that happened, for the log.
struct Event {
  enum class Kind : std::uint8_t {
    Changed,
    SecondActive,
    ProblemBegan,
    ProblemEnded,
    AddressError,
    MayNot,          // take the addresses: `voter` refused, because of `holder`; without the two, too few answer
    WitnessSilent,   // ours
    WitnessAnswers,  // again
    VoteGiven,       // to `holder`, and taken from `voter`; we are the witness
    VoteFree,
  };
  Kind kind = Kind::Changed;
  std::uint32_t group = 0;             // index into the plan's groups; VoteGiven, VoteFree: its witnesses
  std::uint64_t generation = 0;        // of the plan
  core::vrrp::Changed changed = {};    // Changed
  std::optional<IpAddress> peer = {};  // SecondActive; AddressError: the address
  std::uint8_t priority = 0;           // SecondActive
  Problem problem = Problem::None;
  int code = 0;                            // errno
  std::optional<std::size_t> voter = {};   // MayNot: index into the vip's nodes, behind which is the witness
  std::optional<std::size_t> holder = {};  // likewise
};

}  // namespace stead::keeper::vip
