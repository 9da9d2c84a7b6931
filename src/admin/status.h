// What Stead is doing, at one moment, as plain data: made by the worker (worker/status_source.h), shown as JSON
// (status_json.h), as a table (status_table.h) and as Prometheus metrics (metrics.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/counters.h"
#include "base/time.h"

namespace stead::admin {

// The latest active check of a member.
struct CheckStatus {
  bool passed = false;
  std::string detail;  // "status 204", "refused the connection"
  Duration took{};
  Duration ago{};
};

struct MemberStatus {
  std::string name;     // "app-1:8000"
  std::string address;  // "10.0.0.21:8000"; empty: its name has no address
  std::string state;    // of core/health: "up", "down", "ejected", "trial", "unproven"
  std::string reason;   // why it is in this state; empty where nothing is to be said
  Duration since{};     // how long it has been in it
  bool usable = false;  // gets requests
  bool drained = false;
  bool backup = false;
  bool slow_start = false;  // has not its full share yet
  std::uint32_t weight = 1;
  std::optional<std::uint32_t> file_weight;  // where the operator has set another
  double requests_per_second = 0;
  std::optional<CheckStatus> check;
  MemberCounterValues counters;  // over all loops
};

struct PoolStatus {
  std::string name;
  std::string balance;     // as in the file: "least-request"
  bool fail_open = false;  // nobody is usable, so all are tried
  double requests_per_second = 0;
  std::vector<MemberStatus> members;
};

struct ListenerStatus {
  std::string name;     // as in the file
  std::string address;  // "[::]:8080"
};

struct LatencyStatus {
  std::array<std::uint64_t, service::http::LatencyCounters::kBuckets> buckets{};
  std::uint64_t total_us = 0;

  [[nodiscard]] std::uint64_t count() const;
  // The upper bound of the bucket in which this part (0 to 1) of the requests ended; 0 without any.
  [[nodiscard]] Duration quantile(double part) const;
  void add(const LatencyStatus& other);
};

struct LoopStatus {
  std::uint32_t index = 0;
  Duration beat_age{};  // since the loop last said that it is alive
  double requests_per_second = 0;
  LoopCounterValues counters;
  LatencyStatus latency;
};

struct Status {
  std::string name;  // of the file
  std::string node;  // empty: the file names none
  std::string version;
  std::int64_t pid = 0;               // of the worker
  std::uint64_t generation = 0;       // of the configuration: counts the reloads
  std::uint64_t plan_generation = 0;  // counts reloads and changes of health
  Duration uptime{};                  // of the worker
  bool keeper_gone = false;
  bool draining = false;
  std::uint64_t log_written = 0;  // lines
  std::uint64_t log_lost = 0;
  std::vector<ListenerStatus> listeners;
  std::vector<LoopStatus> loops;
  std::vector<PoolStatus> pools;
  std::string keeper_metrics;  // in Prometheus's text format; not in the JSON

  [[nodiscard]] LoopCounterValues totals() const;
};

// What went wrong with the member's requests: of connections, resets, timeouts, answers that are no HTTP or 5xx.
[[nodiscard]] std::uint64_t errors_of(const MemberCounterValues& counters);

}  // namespace stead::admin
