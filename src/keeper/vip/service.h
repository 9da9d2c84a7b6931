// The keeper's virtual addresses: a thread of their own that speaks VRRP, and the way to it.
//
// A thread, because the keeper's own loop reads files, asks name servers and starts processes, each of which may take
// longer than three adverts; a real-time one where that is allowed, so that a machine at full load still says in time
// that it is alive. It shares nothing with the rest but a mailbox in each direction, and never waits for the other
// side: where the lock is taken, it tries again at its next turn.
//
// All methods: from the keeper's loop only.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/track/worth.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/state.h"
#include "net/unique_fd.h"

namespace stead::keeper::vip {

class Mailbox;
class Loop;

struct Snapshot {
  std::uint64_t generation = 0;  // of the plan that the groups are of
  std::vector<GroupState> groups;
  std::vector<WitnessState> witnesses = {};
  LoopState loop;
};

class Service {
 public:
  // What vips are worth on this node, by name; one that is not in it: all.
  using Worths = std::map<std::string, core::track::Worth>;

  // Needs CAP_NET_ADMIN and CAP_NET_RAW.
  [[nodiscard]] static Result<std::unique_ptr<Service>> start(Plan plan, const Worths& worths);
  // Ends at once, as suspend() does.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Groups that are the same go on as what they are.
  void apply(Plan plan);
  // false: nobody serves here, and none of the addresses should be here.
  void set_healthy(bool healthy);
  // Before a plan with a new vip, so that it begins with that.
  void set_worth(const std::string& vip, const core::track::Worth& worth);
  // All groups of the vip of this name; empty: all.
  void handover(std::string vip);
  void takeback(std::string vip);
  // Asks the others to take over, waits until they have, at most for as long as that can take, then gives up what is
  // left. stopped() says when. Called again: gives up at once.
  void begin_stop();
  [[nodiscard]] bool stopped() const;
  // The thread ends, the addresses stay, for a process that goes on from here within their lifetime.
  void suspend();

  // Readable when there are events, or stopped() has changed.
  [[nodiscard]] int fd() const;
  [[nodiscard]] std::vector<Event> take_events();
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  Service(Plan plan, const Worths& worths, std::unique_ptr<Mailbox> mailbox);

  Plan plan_;
  std::uint64_t generation_ = 1;
  bool healthy_ = true;
  Worths worths_;  // as sent
  std::unique_ptr<Mailbox> mailbox_;
  std::thread thread_;
};

}  // namespace stead::keeper::vip
