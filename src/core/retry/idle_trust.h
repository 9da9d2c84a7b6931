// What is known of how long one member keeps idle connections, and so which of them may carry which request.
//
// The hazard. A member closes a connection that has been idle for its own timeout. We send a request just then:
//
//   us      ──────────── POST ───────►│      the member's FIN is on its way to us when the request is on its way to it;
//   member  ◄──────── FIN ────────────│      it answers the request with RST
//
// From here that looks exactly like a member that took the request, did the work and crashed. A GET is sent again; a
// POST cannot be, so every proxy that pools connections either answers some POSTs with 502 (nginx and Caddy, 4 to 5 %
// where members close 5 % of their connections), or repeats them and runs some twice. Looking for a FIN before reuse
// narrows the window to one trip on the wire and does not close it. What closes it is not to be near the member's
// timeout, and not to use kept connections at all for unrepeatable requests where the member closes when it pleases.
//
// So this class keeps, for one member:
//   - its timeout: from its Keep-Alive header, which is a promise, else from the age at which it was seen to close. One
//     sighting is believed for a minute, since a restart closes connections of any age; a later one at the same age
//     makes it a habit and is believed for ten.
//   - trust for unrepeatable requests: earned by 100 reuses in a row, lost for a minute by any surprise: a close at
//     reuse, or of an idle connection that was younger than the known timeout.
//
// One per member and data loop; asks no clock and has no timer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace stead::core::retry {

class IdleTrust {
 public:
  static constexpr std::uint32_t kReusesToTrust = 100;
  static constexpr Duration kRevokedFor = 60s;

  // `pool_idle_timeout`: the configured upper bound.
  explicit IdleTrust(Duration pool_idle_timeout) : pool_bound_(pool_idle_timeout) {}

  // Keep-Alive: timeout=N, at each answer that has it.
  void handle_keep_alive_header(std::chrono::seconds timeout);
  // A pooled connection was found closed: by the event loop, or by the look before reuse.
  void handle_closed_while_idle(Instant now, Duration idle_age);
  // A reused connection has given the first byte of an answer.
  void handle_reuse_ok(Duration idle_age);
  // A reused connection ended before the first byte of an answer.
  void handle_reuse_failed(Instant now, Duration idle_age);
  void set_pool_idle_timeout(Duration bound) { pool_bound_ = bound; }

  // A kept connection that has been idle for longer must not carry any request; close it. 0: keep none.
  [[nodiscard]] Duration max_idle_age(Instant now) const;
  // Whether a kept connection, idle for `idle_age`, may carry a request that cannot be repeated. False: make a new one.
  [[nodiscard]] bool trusted_for_unrepeatable(Instant now, Duration idle_age) const;

 private:
  // The age up to which a close would be a surprise.
  [[nodiscard]] Duration known_timeout(Instant now) const;
  // A close at this age: is it a timeout, and how sure is that?
  void learn_close(Instant now, Duration idle_age);
  void revoke(Instant now);

  Duration pool_bound_;
  std::optional<Duration> promised_;  // by the header
  Duration observed_{};               // the age of closes seen; believed until observed_until_
  Instant observed_at_{};
  Instant observed_until_{};
  Instant revoked_until_{};
  std::uint32_t reuses_in_a_row_ = 0;  // without a surprise; counted up to kReusesToTrust
  Duration oldest_reuse_{};            // since the last surprise
};

}  // namespace stead::core::retry
