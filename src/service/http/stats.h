// What a data loop counts. Each counter has one writer, the loop, and any reader: a relaxed load and store, which costs
// the loop what a plain increment costs. Readers add the loops up.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stead::service::http {

class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Powers of two of microseconds: bucket i counts latencies below 2^i µs (and not below 2^(i-1)); the last takes the
// rest.
class LatencyCounters {
 public:
  static constexpr std::size_t kBuckets = 28;  // up to 134 s

  void add(Duration latency) {
    const auto us = static_cast<std::uint64_t>(latency.count() > 0 ? latency.count() / 1000 : 0);
    const auto bucket = static_cast<std::size_t>(std::bit_width(us));
    buckets_[bucket < kBuckets ? bucket : kBuckets - 1].add();
    total_us_.add(us);
  }
  [[nodiscard]] std::uint64_t bucket(std::size_t i) const { return buckets_[i].get(); }
  [[nodiscard]] std::uint64_t total_us() const { return total_us_.get(); }

 private:
  std::array<Counter, kBuckets> buckets_;
  Counter total_us_;
};

struct MemberStats {
  Counter requests;   // tries sent to the member
  Counter responses;  // answers whose head arrived
  Counter responses_5xx;
  Counter connect_failures;
  Counter resets;         // closed or reset before the answer's end
  Counter stale;          // kept connections found closed before or at reuse
  Counter timeouts;       // no first byte in time
  Counter bad_responses;  // refused by the parser
  Counter connections;    // gauge: open, in use or idle
  Counter active;         // gauge: with a request
};

struct LoopStats {
  Counter accepted;
  Counter connections;  // gauge: clients
  Counter adopted;      // taken over from an earlier worker
  Counter handed_over;  // given to a successor
  Counter requests;
  Counter responses_1xx_3xx;  // 100 to 399
  Counter responses_4xx;
  Counter responses_5xx;
  Counter own_4xx;  // of those, answered by us
  Counter own_5xx;
  Counter bad_requests;  // refused by the parser
  Counter retries;
  Counter hedges;
  Counter hedges_won;
  Counter retry_budget_exhausted;
  Counter replayed;  // requests of a dead worker sent again by this one
  Counter queued;
  Counter queue_full;
  Counter queue_timeouts;
  Counter queue_length;  // gauge
  Counter client_aborts;
  Counter timeouts_head;
  Counter timeouts_body;
  Counter timeouts_idle;
  Counter accept_pauses;  // clients left waiting: max-connections, or no descriptor
  Counter bytes_in;
  Counter bytes_out;
  Counter log_dropped;
  Counter stalls;           // turns of the loop that took longer than its limit
  LatencyCounters latency;  // whole requests
};

}  // namespace stead::service::http
