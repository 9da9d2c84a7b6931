// The engine: one data loop's state, and the handlers that move a request through it. DataLoop (data_loop.h) is its
// outside.
//
// The handlers are spread over files by what they are about; each says at its top which part of a request's life it
// holds:
//
//   engine_turn.cc      the loop: events, timers, mailbox, accepting
//   engine_client.cc    a client's bytes become a request; the end of an exchange
//   engine_route.cc     a request finds its route
//   engine_answer.cc    answers of our own; the access record
//   engine_member.cc    choosing a member, connecting, keeping connections
//   engine_request.cc   the request goes to the member
//   engine_response.cc  the answer comes back
//   engine_retry.cc     a try failed or is late
//   engine_queue.cc     requests that wait for a member
//   engine_plan.cc      a new plan; what is told to the control loop
//   engine_drain.cc     the end of a worker: clients leave, or go to its successor
//
// Everything here runs on the loop's thread. Handlers run to their end and never wait. An object that is closed is
// freed only at the end of the turn, since a later event of the same turn may still name it.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "core/retry/policy.h"
#include "net/poller.h"
#include "net/timer_wheel.h"
#include "net/unique_fd.h"
#include "service/http/connection.h"
#include "service/http/data_loop.h"
#include "service/http/head_rewrite.h"
#include "service/http/runtime.h"
#include "wire/http1/request_parser.h"
#include "wire/http1/response_parser.h"

namespace stead::service::http {

// A listening socket that this loop accepts from.
struct ListenerSource : Source {
  ListenerSource(ListenerId listener_id, int listener_fd) : Source(Kind::Listener), id(listener_id) {
    fd = listener_fd;
  }
  ListenerId id;
  bool paused = false;  // no descriptor or place left: clients wait in the kernel's queue meanwhile
};

// A client connection that comes from another worker.
struct Adopted {
  net::UniqueFd fd;
  ListenerId listener = 0;
  PeerAddress peer;
  std::string bytes;  // received and not yet answered
  Phase phase = Phase::Resumable;
};

class Engine {
 public:
  using Command = std::function<void(Engine&)>;
  using DrainDone = std::function<void(DrainReport)>;
  static constexpr std::uint32_t kMaxMembers = 4096;

  explicit Engine(DataLoopOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void run();

  // Any thread.
  void post(Command command);
  [[nodiscard]] const LoopStats& stats() const { return stats_; }
  [[nodiscard]] const MemberStats* member_stats(MemberId id) const;

  // Commands; on the loop's thread, through post().
  void set_plan(std::shared_ptr<const Plan> plan);
  void add_listener(ListenerId id, int fd);
  void remove_listener(ListenerId id);
  void dismiss(ListenerId listener, Instant deadline);
  void begin_drain(int successor_socket, Instant deadline, DrainDone done);
  void adopt(Adopted adopted);
  void stop() { stopping_ = true; }

 private:
  // What a look at a socket or a parser leads to.
  enum class Next : std::uint8_t { Again, Wait };

  // --- engine_turn.cc
  void turn();
  [[nodiscard]] int wait_ms() const;
  void dispatch(const epoll_event& event);
  static void note_readiness(Source& source, std::uint32_t events);
  void run_commands();
  void fire(net::Timer& timer);
  void each_100_ms();
  void each_20_ms();
  void update_clocks();
  void run_ready_list();
  void put_on_ready_list(Downstream& client);
  void free_closed();
  void watch(Source& source);
  bool accept_clients(ListenerSource& listener);
  void pause(ListenerSource& listener);
  void resume_listeners();
  Downstream* add_client(int fd, ListenerId listener, const PeerAddress& peer);

  // --- engine_plan.cc
  void rebuild_pool(PoolRuntime& pool, const PoolPlan& plan, const std::shared_ptr<const Plan>& holder);
  void refresh_weights(PoolRuntime& pool);
  [[nodiscard]] static bool may_take(const PoolRuntime& pool, const MemberPlan& plan, const MemberRuntime& member);
  void release_plan(LoopPlan* plan);
  void report_outcomes();

  // --- engine_drain.cc
  void accept_all_that_wait();
  void drain_step();
  void leave(Downstream& client);
  void cut_all_clients();
  void close_dismissed();
  bool hand_to_successor(Downstream& client);
  // A drain without a successor tells clients to go elsewhere.
  [[nodiscard]] bool draining_closes() const { return draining_ && successor_ < 0; }

  // --- engine_client.cc
  void on_client(Downstream& client);
  void serve(Downstream& client);
  Next read_client(Downstream& client);
  Next parse_request(Downstream& client);
  Next keep_partial(Downstream& client, std::string_view bytes);
  void on_client_timer(Downstream& client);
  void on_exchange_timer(Exchange& exchange);
  [[nodiscard]] static bool client_took_some(Exchange& exchange);
  void refuse(Downstream& client, wire::http1::Refusal refusal);
  void linger(Downstream& client);
  void drain_lingering(Downstream& client);
  void end_exchange(Exchange& exchange);
  void free_exchange(Exchange& exchange);
  void abort_exchange(Exchange& exchange);
  void close_client(Downstream& client);
  void go_idle(Downstream& client);
  enum class Then : std::uint8_t { More, End };
  [[nodiscard]] bool send_to_client(Exchange& exchange, std::string_view bytes, Then then = Then::More);
  bool flush_to_client(Exchange& exchange);
  bool flush_pipe(Exchange& exchange);
  void arm_client(Exchange& exchange, bool waiting_for_client);

  // --- engine_route.cc
  void begin_exchange(Downstream& client, const wire::http1::RequestHead& head, std::string_view bytes);
  void set_body_plan(Exchange& exchange, const wire::http1::RequestHead& head, std::string_view bytes);
  void route(Exchange& exchange, const wire::http1::RequestHead& head, std::string_view bytes);
  void enter_pool(Exchange& exchange, PoolRuntime& pool);

  // --- engine_answer.cc
  void answer(Exchange& exchange, std::uint16_t status, std::string_view text, std::string_view allow = {});
  void answer_fixed(Exchange& exchange, const RoutePlan& route, std::string_view location);
  void send_own_answer(Exchange& exchange, const OwnAnswer& own);
  void answer_without_request(Downstream& client, std::uint16_t status, std::string_view text);
  void answer_unknown_outcome(Downstream& client);
  void count_status(std::uint16_t status);
  void log_request(const Exchange& exchange, bool client_aborted);

  // --- engine_member.cc
  MemberRuntime& member(MemberId id);
  PoolRuntime& pool(PoolId id);
  [[nodiscard]] std::optional<std::uint32_t> choose(Exchange& exchange);
  Upstream* take_idle(PoolRuntime& pool, MemberRuntime& member, bool repeatable);
  Upstream* connect(const PoolPlan& pool, const MemberPlan& plan, MemberRuntime& member);
  void attach(Exchange& exchange, Upstream& upstream, std::uint32_t candidate);
  void detach(Upstream& upstream);
  void sync_candidate(PoolRuntime& pool, const MemberRuntime& member, std::uint32_t hint);
  void keep_or_close(Upstream& upstream, bool keep);
  void close_upstream(Upstream& upstream);
  static void forget_idle(Upstream& upstream);
  void close_idle_of(MemberRuntime& member);
  void note_outcome(MemberRuntime& member, OutcomeKind kind, Duration latency);
  void on_upstream(Upstream& upstream);
  void on_idle_upstream(Upstream& upstream);
  void on_connecting(Upstream& upstream);
  void on_upstream_timer(Upstream& upstream);

  // --- engine_request.cc
  void start_try(Exchange& exchange);
  void send_request(Upstream& upstream);
  [[nodiscard]] const wire::http1::RequestHead* head_of(const Exchange& exchange, std::string_view page);
  std::size_t append_page_body(Exchange& exchange, std::string_view page, char* out);
  void pump_request(Upstream& upstream);
  Next read_request_body(Exchange& exchange, Upstream& upstream);
  Next forward_chunked_body(Exchange& exchange, Upstream& upstream, char* bytes, std::size_t size);
  Next forward_body(Upstream& upstream, std::string_view bytes);
  void request_write_failed(Upstream& upstream);
  bool write_upstream(Upstream& upstream, std::string_view bytes);
  bool flush_upstream(Upstream& upstream);
  void arm_try(Upstream& upstream);
  void request_body_failed(Exchange& exchange, std::uint16_t status);

  // --- engine_response.cc
  void on_answer(Upstream& upstream);
  void read_head(Upstream& upstream);
  void on_early_end(Upstream& upstream);
  void take_head(Upstream& upstream, char* bytes, std::size_t size);
  void win(Upstream& upstream);
  void begin_answer(Upstream& upstream, const wire::http1::ResponseHead& head, char* bytes, std::size_t size);
  Next forward_answer(Exchange& exchange, Upstream& upstream, char* bytes, std::size_t size, std::size_t head_bytes);
  void pump_both(Exchange& exchange);
  void pump_answer(Exchange& exchange);
  Next read_answer(Exchange& exchange, Upstream& upstream);
  [[nodiscard]] bool may_splice(Exchange& exchange);
  Next splice_answer(Exchange& exchange, Upstream& upstream);
  void answer_ended_early(Exchange& exchange, Upstream& upstream);
  void give_way(Exchange& exchange);
  static void hurry(const Source& peer);
  void finish_answer(Exchange& exchange);
  void cut_answer(Exchange& exchange);

  // --- engine_retry.cc
  [[nodiscard]] core::retry::Failure ended_early(Upstream& upstream);
  [[nodiscard]] static bool provably_unprocessed(const Upstream& upstream);
  [[nodiscard]] core::retry::Situation situation(const Exchange& exchange, core::retry::Failure failure) const;
  void try_failed(Upstream& upstream, core::retry::Failure failure);
  void failed_at_once(Exchange& exchange, MemberRuntime& member, std::uint32_t candidate);
  void follow(Exchange& exchange, const core::retry::Situation& situation, std::uint32_t candidate);
  void try_is_late(Upstream& upstream);
  void drop_other_try(Upstream& upstream);
  void fail(Exchange& exchange, std::uint16_t status);
  void no_member(Exchange& exchange);

  // --- engine_queue.cc
  [[nodiscard]] bool may_queue(const Exchange& exchange) const;
  void enqueue(Exchange& exchange);
  void dequeue(Exchange& exchange);
  void serve_queues();
  void serve_queue(PoolRuntime& pool);

  DataLoopOptions options_;
  LoopStats stats_;
  Instant now_;
  net::Poller poller_;
  net::TimerWheel wheel_;
  Random random_;
  Ledger ledger_;
  bool stopping_ = false;

  std::mutex mailbox_mutex_;
  std::vector<Command> mailbox_;  // guarded by mailbox_mutex_
  std::atomic<bool> mailbox_waits_ = false;
  Source mailbox_source_{Source::Kind::Mailbox};
  net::UniqueFd mailbox_event_;

  LoopPlan* plan_ = nullptr;  // counted, as are those of exchanges: release_plan()
  std::vector<std::unique_ptr<ListenerSource>> listeners_;
  std::vector<std::unique_ptr<ListenerSource>> removed_listeners_;
  std::vector<std::unique_ptr<PoolRuntime>> pools_;  // by PoolId
  // By MemberId; written by this thread only, read by any.
  std::array<std::atomic<MemberRuntime*>, kMaxMembers> members_{};
  std::vector<std::unique_ptr<MemberRuntime>> known_members_;

  Slab<Downstream> downstreams_;
  Slab<Upstream> upstreams_;
  Slab<Exchange> exchanges_;
  Slab<LoopPlan> plans_;
  std::vector<Downstream*> closed_downstreams_;
  std::vector<Upstream*> closed_upstreams_;
  std::vector<Downstream*> ready_;
  Downstream* clients_ = nullptr;
  std::uint32_t client_count_ = 0;
  std::uint32_t queued_ = 0;
  bool queue_ready_ = false;  // a member got room while requests wait

  Instant next_20_ms_{};
  Instant next_100_ms_{};
  bool report_now_ = false;
  bool listeners_paused_ = false;
  OutcomeBatch outcomes_;

  bool draining_ = false;
  Instant drain_deadline_{};
  Instant idle_until_{};  // a drain closes idle clients only after this
  int successor_ = -1;    // where idle clients go, in a handover
  DrainDone drain_done_;
  std::optional<Instant> dismissed_until_;

  wire::http1::RequestParser request_parser_;
  const Exchange* parsed_for_ = nullptr;  // whose head request_parser_ still holds
  wire::http1::ResponseParser response_parser_;
  Blocks blocks_;
  Pipes pipes_;
  std::unique_ptr<char[]> scratch_;  // kScratchBytes: what was read last, and is about to be written
  std::unique_ptr<char[]> out_;      // kOutBytes: heads being composed
  char date_[29] = {};               // IMF-fixdate, at most 100 ms old
  WallTime wall_at_tick_{};          // the two clocks at the same moment, at most 100 ms ago
  Instant tick_at_{};
};

// The scratch buffer leaves room for a chunk's frame around what is read into it.
inline constexpr std::size_t kFrameRoom = 32;
inline constexpr std::size_t kScratchBytes = 128 * 1024;
inline constexpr std::size_t kReadBytes = kScratchBytes - 2 * kFrameRoom;
// What one connection moves before it gives way to the loop's others. Larger pieces would save few calls, make the
// others wait, and send in bursts, which a congestion control that paces (BBR) answers with a timer for each.
inline constexpr std::size_t kPieceBytes = 64 * 1024;
// Heads of at most 16 KiB each way, what is added to them, and a body that travels with its head: a page, or a fixed
// answer.
inline constexpr std::size_t kOutBytes = 128 * 1024;
// Of interim answers that wait for a slow client; further ones are not passed on.
inline constexpr std::size_t kInterimBytes = 64 * 1024;
static_assert(kInterimBytes + kOutBytes / 4 + kScratchBytes <= kBlockBytes);
static_assert(kInterimBytes + kOutBytes <= kBlockBytes);

}  // namespace stead::service::http
