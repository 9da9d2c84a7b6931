#include "core/retry/idle_trust.h"

#include <algorithm>

namespace stead::core::retry {
namespace {

// Servers close idle connections after one second at the earliest; what closes sooner was ended by a restart, a limit
// of requests per connection, or a fault, and says nothing about a timeout.
constexpr Duration kShortestTimeout = 500ms;

constexpr Duration kBelieveOnce = 60s;
constexpr Duration kBelieveHabit = 600s;
constexpr Duration kApart = 1s;

// Two closes at ages as near as this are the same timeout: a quarter covers servers that look only once a second.
bool similar(Duration left, Duration right) { return std::max(left, right) - std::min(left, right) <= right / 4; }

// The member's header counts whole seconds, from a moment before we saw the answer.
Duration below_promise(Duration promised) { return promised - std::min<Duration>(1s, promised / 2); }

// What was seen lies about one trip on the wire late, and the next one may be a little earlier.
Duration below_observed(Duration observed) { return observed - std::max<Duration>(observed / 5, 100ms); }

}  // namespace

void IdleTrust::handle_keep_alive_header(std::chrono::seconds timeout) {
  // A header of 2^40 seconds must not overflow; a day is for ever here.
  promised_ = std::clamp<std::chrono::seconds>(timeout, 0s, 24h);
}

void IdleTrust::handle_closed_while_idle(Instant now, Duration idle_age) {
  // Judged by what was known before this close, or no close could ever surprise.
  if (idle_age < known_timeout(now)) revoke(now);
  learn_close(now, idle_age);
}

void IdleTrust::handle_reuse_ok(Duration idle_age) {
  reuses_in_a_row_ = std::min(reuses_in_a_row_ + 1, kReusesToTrust);
  oldest_reuse_ = std::max(oldest_reuse_, idle_age);
}

void IdleTrust::handle_reuse_failed(Instant now, Duration idle_age) {
  revoke(now);
  learn_close(now, idle_age);
}

Duration IdleTrust::max_idle_age(Instant now) const { return std::min(pool_bound_, known_timeout(now)); }

bool IdleTrust::trusted_for_unrepeatable(Instant now, Duration idle_age) const {
  if (now < revoked_until_ || reuses_in_a_row_ < kReusesToTrust) return false;
  if (idle_age > max_idle_age(now)) return false;
  // A hundred reuses within a millisecond say nothing about a connection that has been idle for ten seconds: without a
  // promise, trust reaches twice as far as it has been tried.
  return promised_.has_value() || idle_age <= std::max<Duration>(2 * oldest_reuse_, kShortestTimeout / 2);
}

Duration IdleTrust::known_timeout(Instant now) const {
  Duration known = pool_bound_;
  if (promised_) known = std::min(known, below_promise(*promised_));
  if (now < observed_until_) known = std::min(known, below_observed(observed_));
  return known;
}

void IdleTrust::learn_close(Instant now, Duration idle_age) {
  if (idle_age < kShortestTimeout) return;
  // As promised: nothing new.
  if (promised_ && idle_age >= below_promise(*promised_)) return;
  if (similar(idle_age, observed_)) {
    // A restart closes everything at once, so what comes together with the first sighting does not confirm it.
    const bool confirms = now >= observed_at_ + kApart;
    observed_ = std::min(observed_, idle_age);
    observed_until_ = std::max(observed_until_, now + (confirms ? kBelieveHabit : kBelieveOnce));
  } else if (now >= observed_until_ || idle_age < observed_) {
    observed_ = idle_age;
    observed_at_ = now;
    observed_until_ = now + kBelieveOnce;
  }
}

void IdleTrust::revoke(Instant now) {
  reuses_in_a_row_ = 0;
  oldest_reuse_ = Duration{0};
  revoked_until_ = now + kRevokedFor;
}

}  // namespace stead::core::retry
