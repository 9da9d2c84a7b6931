// The worker's data loops with their threads, as one thing to the control loop: what is said to one is said to all.
//
// On the control loop. The destructor stops what still runs and waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/byte_ring.h"
#include "base/time.h"
#include "keeper/beats.h"
#include "service/http/data_loop.h"
#include "service/http/succession.h"

namespace stead::worker {

class DataLoops {
 public:
  // Access records of one loop: some 20,000 of them, which is a third of a second at full speed.
  static constexpr std::size_t kLogRingBytes = std::size_t{4} * 1024 * 1024;

  using Report = std::function<void(service::http::OutcomeBatch)>;  // called on the loops' threads
  using Ended = std::function<void(service::http::DrainReport)>;    // as well

  // `beats` and `ledger` must outlive the loops.
  DataLoops(std::uint32_t count, keeper::Beats& beats, const service::http::LedgerMemory& ledger, const Report& report);
  ~DataLoops();
  DataLoops(const DataLoops&) = delete;
  DataLoops& operator=(const DataLoops&) = delete;

  // With the first plan, which the loops need before they run.
  void start(const std::shared_ptr<const service::http::Plan>& plan);
  void set_plan(const std::shared_ptr<const service::http::Plan>& plan);
  void add_listener(service::http::ListenerId id, int fd);
  void remove_listener(service::http::ListenerId id);
  void dismiss(service::http::ListenerId id, Instant deadline);
  // `ended` is called once for each loop.
  void drain(Instant deadline, const Ended& ended);
  void hand_over(int socket, Instant deadline, const Ended& ended);

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(loops_.size()); }
  [[nodiscard]] std::span<service::http::DataLoop* const> loops() const { return loops_; }
  [[nodiscard]] std::vector<ByteRing*> log_rings() const;
  // When the loop last said that it is alive; Instant{}: not yet.
  [[nodiscard]] Instant beat_of(std::uint32_t index) const;

  // Tells when the loops have done what they were told before `made`: each has begun a turn since, and ended it.
  struct Mark {
    Instant made{};
    std::vector<Instant> turns;  // by loop: the first turn since
  };
  [[nodiscard]] bool passed(Mark& mark) const;

 private:
  struct Owned;
  std::vector<std::unique_ptr<Owned>> owned_;
  std::vector<service::http::DataLoop*> loops_;
  std::vector<std::jthread> threads_;
};

}  // namespace stead::worker
