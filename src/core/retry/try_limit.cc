#include "core/retry/try_limit.h"

#include <algorithm>
#include <bit>

namespace stead::core::retry {

TryLimit::TryLimit(Duration first_byte_timeout, Duration fixed)
    : first_byte_timeout_(first_byte_timeout), fixed_(fixed), limit_() {
  update();
}

void TryLimit::handle_latency(Duration latency) {
  // Capped: see the header on backlogs.
  ++buckets_[bucket_of(std::min(latency, 2 * limit_))];
  ++count_;
  if (count_ >= kFull) halve();
  if (++since_update_ < (learned_ ? kEvery : kFirst)) return;
  since_update_ = 0;
  learned_ = true;
  update();
}

void TryLimit::set_bounds(Duration first_byte_timeout, Duration fixed) {
  first_byte_timeout_ = first_byte_timeout;
  fixed_ = fixed;
  // The histogram went on all the while, so that taking a fixed limit away needs no learning.
  update();
}

void TryLimit::update() {
  if (fixed_ > Duration{0}) {
    limit_ = std::min(fixed_, first_byte_timeout_);
    return;
  }
  const Duration wanted = learned_ ? std::max(kFloor, 3 * percentile_99()) : kColdLimit;
  limit_ = std::min(wanted, first_byte_timeout_ / 2);
}

// Four buckets per power of two: its exponent, then the two bits below the leading one.
std::size_t TryLimit::bucket_of(Duration latency) {
  const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(latency.count(), 1));
  const int exponent = static_cast<int>(std::bit_width(ns)) - 1;
  if (exponent < kFirstExponent) return 0;
  const std::uint64_t quarter = (ns >> static_cast<unsigned>(exponent - 2)) & 3U;
  const auto bucket = static_cast<std::size_t>(exponent - kFirstExponent) * 4 + static_cast<std::size_t>(quarter) + 1;
  return std::min(bucket, kBuckets - 1);
}

// The longest latency that falls into the bucket: to be wrong on this side costs a little waiting, on the other it
// costs requests that are sent twice.
Duration TryLimit::upper_bound_of(std::size_t bucket) {
  if (bucket == 0) return Duration{std::int64_t{1} << kFirstExponent};
  const std::size_t octave = (bucket - 1) / 4;
  const auto quarter = static_cast<std::int64_t>((bucket - 1) % 4);
  return Duration{(std::int64_t{5} + quarter) << (static_cast<std::size_t>(kFirstExponent) + octave - 2)};
}

Duration TryLimit::percentile_99() const {
  // From the slow end, where the answer is a few buckets away and not eighty.
  // Rank from above: how many may be slower. With fewer than a hundred answers the slowest is taken.
  std::uint32_t above = count_ / 100;
  for (std::size_t bucket = kBuckets; bucket-- > 0;) {
    if (buckets_[bucket] > above) return upper_bound_of(bucket);
    above -= buckets_[bucket];
  }
  return upper_bound_of(0);
}

// A bucket with a single answer goes to 0: what happened once in a thousand is forgotten first.
void TryLimit::halve() {
  count_ = 0;
  for (std::uint16_t& bucket : buckets_) {
    bucket = static_cast<std::uint16_t>(bucket / 2);
    count_ += bucket;
  }
}

}  // namespace stead::core::retry
