#include "admin/status.h"

#include <cmath>

namespace stead::admin {

std::uint64_t LatencyStatus::count() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t bucket : buckets) sum += bucket;
  return sum;
}

Duration LatencyStatus::quantile(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count())));
  if (wanted == 0) return {};
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen >= wanted) return std::chrono::microseconds(std::int64_t{1} << i);
  }
  return {};
}

void LatencyStatus::add(const LatencyStatus& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  total_us += other.total_us;
}

LoopCounterValues Status::totals() const {
  LoopCounterValues sum;
  for (const LoopStatus& loop : loops) sum.add(loop.counters);
  return sum;
}

std::uint64_t errors_of(const MemberCounterValues& counters) {
  using service::http::MemberStats;
  return counters.get(&MemberStats::connect_failures) + counters.get(&MemberStats::resets) +
         counters.get(&MemberStats::timeouts) + counters.get(&MemberStats::bad_responses) +
         counters.get(&MemberStats::responses_5xx);
}

}  // namespace stead::admin
