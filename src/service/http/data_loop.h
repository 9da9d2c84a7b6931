// A data loop: one thread that accepts clients, reads their requests, and moves them to members and the answers back.
//
// Everything that a request touches belongs to one loop. The control loop talks to it through the methods marked "any
// thread": each puts a command into the loop's mailbox, which the loop empties once per turn, in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_ring.h"
#include "base/error.h"
#include "base/time.h"
#include "service/http/outcome.h"
#include "service/http/plan.h"
#include "service/http/stats.h"

namespace stead::service::http {

struct Adopted;

struct DataLoopOptions {
  std::uint32_t index = 0;
  // Called on the loop's thread with what was seen since the last call, at most every 100 ms, but at once after a
  // failure. Must not block: hand it to the control loop.
  std::function<void(OutcomeBatch)> report;
  // Where access records go (service/http/access_record.h); nullptr: nowhere. Outlives the loop.
  ByteRing* access_log = nullptr;
  // The loop stores the current Instant (ns) here at each turn, at least every 50 ms: its heartbeat. Outlives the loop.
  std::atomic<std::int64_t>* beat = nullptr;
  // This loop's part of the memory in which connections are written down for a successor: LedgerMemory::loop_part()
  // (succession.h). Outlives the loop.
  void* ledger = nullptr;
};

// How a drain went.
struct DrainReport {
  std::uint32_t index = 0;
  std::uint32_t cut = 0;  // requests still in flight at the deadline
};

class DataLoop {
 public:
  explicit DataLoop(DataLoopOptions options);
  ~DataLoop();
  DataLoop(const DataLoop&) = delete;
  DataLoop& operator=(const DataLoop&) = delete;

  // Runs until stop(), or until a drain is done. On the loop's own thread; a plan must have been set before.
  void run();

  // Any thread.
  void set_plan(std::shared_ptr<const Plan> plan);
  // Begins to accept on a listening socket. The caller keeps `fd` open until remove_listener's or the loop's end.
  void add_listener(ListenerId id, int fd);
  void remove_listener(ListenerId id);
  // Clients that have come by this listener are asked to come again: an answer says `Connection: close`, and who is
  // idle at `deadline` is closed. New ones are served as ever.
  void dismiss(ListenerId id, Instant deadline);
  // Stops accepting, answers with `Connection: close`, and ends run() when no connection is left or at `deadline`.
  void drain(Instant deadline, std::function<void(DrainReport)> done);
  // As drain, but connections between two requests are sent to the successor over `socket` (shared by the loops).
  void hand_over(int socket, Instant deadline, std::function<void(DrainReport)> done);
  // Takes over a client connection of an earlier worker. After set_plan().
  void adopt(std::shared_ptr<Adopted> connection);
  void stop();

  [[nodiscard]] const LoopStats& stats() const;
  // Members' counters by id; stays valid while the loop lives. Any thread. nullptr: never seen by this loop.
  [[nodiscard]] const MemberStats* member_stats(MemberId id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stead::service::http
