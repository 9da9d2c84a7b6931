// A simulated data loop: takes clients' requests and brings them to members with the same cores, in the same order, as
// service/http does: picker, idle trust, retry policy, budget, learned limit. What it sees goes to the control loop in
// batches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/balance/picker.h"
#include "core/health/outcome.h"
#include "core/retry/budget.h"
#include "core/retry/idle_trust.h"
#include "core/retry/policy.h"
#include "core/retry/try_limit.h"
#include "sim/request.h"
#include "sim/view.h"
#include "sim/witness.h"
#include "sim/world.h"

namespace stead::sim {

struct Outcome {
  std::string member;
  core::health::OutcomeKind kind{};
  std::uint32_t count = 1;
};

// What a run was made of, so that nobody trusts a simulation in which nothing happened.
struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed_safe = 0;
  std::uint64_t failed_other = 0;
  std::uint64_t retries = 0;
  std::uint64_t hedges = 0;
  std::uint64_t queued = 0;
  std::uint64_t stale_connections = 0;
  std::uint64_t budget_refusals = 0;
  std::uint64_t faults = 0;
  std::uint64_t ejections = 0;
  std::uint64_t downs = 0;
  std::uint64_t fail_opens = 0;

  void add(const Counts& other);
};

class DataLoop {
 public:
  static constexpr Duration kConnectTimeout = 1s;
  static constexpr Duration kFirstByteTimeout = 5s;
  static constexpr Duration kQueueTimeout = 2s;
  static constexpr Duration kSlowStart = 2s;

  using Report = std::function<void(std::vector<Outcome>)>;

  DataLoop(World& world, Witness& witness, Counts& counts, std::uint32_t index, core::balance::Algorithm algorithm,
           Report report);
  DataLoop(const DataLoop&) = delete;
  DataLoop& operator=(const DataLoop&) = delete;

  void set_view(std::shared_ptr<const View> view);
  // A client's request. Ends in an answer or a failure, after a bounded time.
  void handle_request(RequestId id, std::string_view method);
  // Requests that have neither.
  [[nodiscard]] std::size_t pending() const { return requests_.size(); }

 private:
  using SharedRequest = std::shared_ptr<Request>;
  using SharedTry = std::shared_ptr<Try>;

  struct IdleConnection {
    Instant since{};
    Instant closes_at{};
    std::uint32_t life = 0;
  };
  struct Member {
    std::uint32_t active = 0;
    std::deque<IdleConnection> idle;
    core::retry::IdleTrust trust{10s};
  };

  [[nodiscard]] Server* pick(const Request& request, const Server* but);
  [[nodiscard]] bool may_take(const Server& server) const;
  [[nodiscard]] bool another_can(const Request& request, const Server& but) const;
  void try_any(const SharedRequest& request, const Server* but);
  void start_try(const SharedRequest& request, Server& server, bool fresh);
  void send_fresh(const SharedTry& attempt);
  void send_reused(const SharedTry& attempt, const IdleConnection& connection);
  void deliver(const SharedTry& attempt);
  [[nodiscard]] bool take_idle(const Request& request, Server& server, IdleConnection& taken);
  void arm_timers(const SharedTry& attempt);

  void handle_reply(const SharedTry& attempt, Reply reply);
  void handle_failure(const SharedTry& attempt, core::retry::Failure failure);
  void act(const SharedRequest& request, const SharedTry& attempt, const core::retry::Decision& decision);
  void give_up(Request& request, const SharedTry& attempt);
  void queue(const SharedRequest& request, Duration delay);
  void finish(Request& request, std::uint16_t failed_with);

  void note(const Server& server, core::health::OutcomeKind kind);
  void flush();

  World& world_;
  Witness& witness_;
  Counts& counts_;
  std::uint32_t index_;
  core::balance::Picker picker_;
  Report report_;
  core::retry::Budget budget_;
  core::retry::TryLimit limit_{kFirstByteTimeout};
  std::shared_ptr<const View> view_ = std::make_shared<View>();
  std::unordered_map<const Server*, Member> members_;
  std::vector<Outcome> outcomes_;
  bool flush_armed_ = false;
  std::unordered_map<RequestId, SharedRequest> requests_;  // until they are done
};

}  // namespace stead::sim
