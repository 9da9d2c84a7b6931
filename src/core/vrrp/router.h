// One VRRP virtual router (RFC 9568 section 6; version 2: RFC 3768), without sockets or clocks: who of several nodes
// has the addresses, decided by listening.
//
//                    handle_start
//   Initialize ──────────────────────► Backup ◄───── a better advert ────── Active
//       ▲                                │  nobody better for 3 intervals + skew ▲
//       └── handle_stop, priority 0 ─────┴──────────────────────────────────────┘
//
// What the RFC leaves open, and what is done here:
//   A sleeper is not a judge. Where we ourselves did not run for more than an interval, silence says nothing about the
//   others: a Backup listens once more before it takes over, an Active that others must have given up steps back and
//   listens. So handle_timeout() is also asked for when nothing is due but to show that we run.
//   Without preemption, an active router that lowers its own priority gives up: it is succeeded all the same. Only one
//   that was lower from the start is left in peace.
//   With `needs_permission`, silence and a lower priority are no leave to take over: claim() then says that the router
//   wants to, and handle_permission() lets it, unless it has heard better by then. Who decides is tie_break.h.
//   handle_handover(): in the lowest priority, but serving, until a better router is heard. Any VRRP router understands
//   that, and no moment passes without an owner.
//
// Feed all adverts that have arrived before handle_timeout(): what lies in the socket counts as heard. After every
// handle_*: perform what poll_action() returns, in that order, until it is empty, then arm one timer for
// next_timeout(). Nothing here allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/fixed_queue.h"
#include "base/ip_address.h"
#include "base/time.h"
#include "wire/vrrp/advert.h"

namespace stead::core::vrrp {

using wire::vrrp::Version;

enum class State : std::uint8_t { Initialize, Backup, Active };

struct RouterConfig {
  Version version = Version::V3;
  std::uint8_t priority = 100;  // 1 to 255; 255: the owner of the addresses, which is active whenever it runs
  Duration interval = 100ms;    // between our adverts; version 2: also between those of the others
  bool preempt = true;          // ignored for an owner
  Duration preempt_delay{};     // how long we listen, after we have come to be Backup, before we preempt
  Duration startup_delay{};     // how long handle_start() waits for a link that does not pass traffic yet
  IpAddress source;             // of our adverts: decides between equal priorities
  bool needs_permission = false;
};

// An advert for this router that has passed every check.
struct Heard {
  IpAddress source;
  std::uint8_t priority = 0;
  Duration interval{};
};

// Why the state changed.
enum class Cause : std::uint8_t {
  Started,
  Resumed,     // the addresses were ours when this process was started
  Silence,     // no advert for so long
  Resigned,    // the active router gave up
  Preempted,   // its priority is lower than ours
  Yielded,     // a router of higher priority, or of the same and a higher address, is active
  HandedOver,  // as Yielded, and we meant to
  Stalled,     // we did not run for so long that others must have taken over
  Disabled,    // our priority became 0
  Stopped,
  CutOff,  // handle_cut_off()
};

// What a router has or wants, for whoever permits it.
struct Claim {
  bool active = false;
  bool wants = false;
  bool heard = false;  // has it, or wants it, from one whose adverts it hears, or who has resigned in one
  std::uint8_t priority = 0;
  [[nodiscard]] bool operator==(const Claim&) const = default;
};

// Multicast, or to each peer.
struct SendAdvert {
  std::uint8_t priority = 0;
};
// From here on the addresses are on the interface, until ReleaseAddresses.
struct ClaimAddresses {};
struct ReleaseAddresses {};
// Tell the network where the addresses are: gratuitous ARP, unsolicited neighbour advertisements.
struct Announce {};
struct Changed {
  State from = State::Initialize;
  State to = State::Initialize;
  Cause cause = Cause::Started;
  std::optional<IpAddress> peer;  // whom the cause speaks of
  std::uint8_t peer_priority = 0;
  Duration silence{};  // since it was last heard; for Stalled: since we last ran
};
// Another router is active while we are, and stays so or not: see Changed.
struct SecondActive {
  IpAddress peer;
  std::uint8_t priority = 0;
};

using Action = std::variant<SendAdvert, ClaimAddresses, ReleaseAddresses, Announce, Changed, SecondActive>;

class Router {
 public:
  // In which we ask to be succeeded; 0 would mean that we have gone already.
  static constexpr std::uint8_t kLeavingPriority = 1;
  // After the first, which comes with the claim: a burst, since a single packet may be lost, and by then switches have
  // seen the cable; later ones for whoever was cut off. Then every kAnnounceRefresh.
  static constexpr std::array<Duration, 5> kAnnounceAfter = {20ms, 100ms, 500ms, 2s, 5s};
  static constexpr Duration kAnnounceRefresh = 60s;

  explicit Router(RouterConfig config);

  // `resumed`: we had the addresses a moment ago, in a process before this one.
  void handle_start(Instant now, bool resumed = false);
  void handle_advert(Instant now, const Heard& advert);
  void handle_timeout(Instant now);
  // What the node is worth now: 0 takes us out, without ado, an owner too, and another takes us in again.
  void handle_priority(Instant now, std::uint8_t priority);
  // Gives the addresses to whoever will have them, and goes on as a Backup of the lowest priority. Over with
  // handle_takeback(), which brings the priority back.
  void handle_handover(Instant now);
  void handle_takeback(Instant now);
  void handle_stop(Instant now);
  // What claim() wants is granted.
  void handle_permission(Instant now);
  // Too few of those who permit it can be reached, or they prefer another.
  void handle_cut_off(Instant now);
  [[nodiscard]] Claim claim() const;

  [[nodiscard]] std::optional<Action> poll_action() { return actions_.pop(); }
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool leaving() const { return leaving_; }
  // In which we would send an advert now.
  [[nodiscard]] std::uint8_t priority() const;
  // Of whom a Backup has heard as the active one.
  struct Peer {
    IpAddress source;
    std::uint8_t priority = 0;
    std::uint8_t peak = 0;  // the highest priority that it has had
    Instant heard{};
  };
  [[nodiscard]] const std::optional<Peer>& active_peer() const { return peer_; }
  [[nodiscard]] Instant since() const { return since_; }
  [[nodiscard]] const RouterConfig& config() const { return config_; }
  // When a Backup takes over unless it hears of somebody.
  [[nodiscard]] std::optional<Instant> active_down_due() const { return due(Timer::ActiveDown); }
  // Section 6.1: how long a Backup waits for an advert, with the interval that it has learned.
  [[nodiscard]] Duration active_down_interval() const;
  [[nodiscard]] Duration skew() const;

 private:
  // Tick: a Backup's, every interval, to know that it has not slept.
  enum class Timer : std::uint8_t { Advert, ActiveDown, Announce, Tick };
  static constexpr std::size_t kTimers = 4;

  void arm(Timer timer, Instant at) { timers_[static_cast<std::size_t>(timer)] = at; }
  // Also where a permission was waited for: whoever was heard comes first.
  void arm_active_down(Instant at) {
    wanted_.reset();
    arm(Timer::ActiveDown, at);
  }
  void disarm(Timer timer) { timers_[static_cast<std::size_t>(timer)].reset(); }
  [[nodiscard]] std::optional<Instant> due(Timer timer) const { return timers_[static_cast<std::size_t>(timer)]; }
  // The timer's moment if it is over; disarms it.
  [[nodiscard]] std::optional<Instant> take_due(Timer timer, Instant now);

  void handle_advert_as_backup(Instant now, const Heard& advert);
  void handle_advert_as_active(Instant now, const Heard& advert);
  void take_over(Instant now);
  void notice_sleep(Instant now);
  void step_back_after_stall(Instant now);
  void listen_again(Instant now);
  [[nodiscard]] bool accepts(Instant now, const Heard& advert) const;
  void remember(Instant now, const Heard& advert);

  void become_active(Instant now, Cause cause);
  void become_backup(Instant now, Cause cause, Duration patience);
  void become_initial(Instant now, Cause cause);
  void change(Instant now, State to, Cause cause, Duration silence = Duration{});
  void send_advert(Instant now);
  void announce(Instant now);

  RouterConfig config_;
  State state_ = State::Initialize;
  bool running_ = false;
  bool leaving_ = false;
  std::uint8_t priority_ = 0;    // the node's; 0: out
  Duration learned_interval_{};  // Active_Adver_Interval
  std::optional<Peer> peer_;
  bool resigned_ = false;        // peer_ did
  std::optional<Cause> wanted_;  // ActiveDown is over, and a permission is waited for
  Cause taken_for_ = Cause::Started;
  Instant lower_heard_{};  // an advert that a Backup has passed over
  Instant since_{};
  Instant last_sent_{};
  Instant last_ran_{};
  std::size_t announced_ = 0;
  std::array<std::optional<Instant>, kTimers> timers_;
  FixedQueue<Action, 16> actions_;
};

}  // namespace stead::core::vrrp
