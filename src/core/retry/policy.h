// What to do about a try that failed or is late: ask another member, ask the same one again, ask a second one beside
// it, wait, or give up with which status.
//
// The rule behind all of it: a request that may change something (POST) is never executed twice. It is repeated only
// when nothing of it can have been processed: no byte left us, or the shell can prove that no byte reached the member's
// process (`unprocessed`). Idempotent requests (RFC 9110 section 9.2.2) may be repeated after a failure; only safe ones
// (section 9.2.1) may run twice at the same time, since two PUTs racing may end with the older one on top.
//
// Pure functions of the situation. The order of use:
//   decide() -> does it spend? Budget::try_spend() -> refused? decide_without_budget() -> act.
// A repeated request goes over a new connection: one surprise is enough.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace stead::core::retry {

// How much a method promises about being repeated.
enum class Repeatability : std::uint8_t { Never, Idempotent, Safe };

// By the method alone. A caller that knows more (an Idempotency-Key) may raise Never to Idempotent.
[[nodiscard]] Repeatability repeatability_of(std::string_view method);

enum class Failure : std::uint8_t {
  ConnectRefused,    // refused, unreachable, no address: nobody is there
  ConnectTimeout,    // no answer to the connection attempt
  ReusedClosed,      // a kept connection ended before a byte of the answer: most likely closed while idle
  FreshReset,        // a connection made for this request ended before a byte of the answer
  AnswerBegun,       // ended in the middle of the answer
  BadResponse,       // not HTTP, or ambiguous; nothing of it was forwarded
  FirstByteLate,     // over the try's limit (try_limit.h): the try itself goes on
  FirstByteTimeout,  // over the pool's first_byte_timeout: the try is over
};

struct Situation {
  Failure failure = Failure::ConnectRefused;
  Repeatability request = Repeatability::Never;
  // Everything of the body that was already sent is still at hand, so it can be sent again from its first byte. True
  // without a body; a body that streams through us is at hand as long as it fits the buffer.
  bool replayable = true;
  // Bytes of this request that this try has given to the kernel.
  std::uint64_t bytes_sent = 0;
  // Proven for this try although bytes were sent. A reset alone proves nothing: a member that has done the work and
  // then crashed looks the same. Bytes that its kernel had not acknowledged when it ended the stream do.
  bool unprocessed = false;
  std::uint32_t tries = 1;            // including this one
  std::uint32_t tries_in_flight = 0;  // other tries of this request that are still awaited
  // One besides this try's could take it now, that has not been asked yet. Who was asked over a kept connection that
  // turned out to be closed counts as not asked: it has never seen the request.
  bool other_member = false;
  bool same_member = true;  // the one just asked may still take requests: it was not put out meanwhile
  bool may_queue = false;   // the pool's queue has room and the request's queueing deadline has not passed
};

enum class Verdict : std::uint8_t {
  RetryElsewhere,        // give this try up, ask a member not asked yet
  RetrySameMemberFresh,  // give this try up, ask the same member over a new connection
  Hedge,                 // keep awaiting this try and ask another member as well; the first answer wins
  Wait,                  // for this try, or for those in flight
  Queue,  // nobody is there: join the pool's queue; after `delay`, or when a member comes up, try any again
  Fail,   // answer with `status`; where the answer has begun, cut it
};

struct Decision {
  Verdict verdict = Verdict::Fail;
  std::uint16_t status = 0;    // Fail: 502, 503 (with Retry-After) or 504
  Duration delay{};            // Queue
  bool spends_budget = false;  // ask Budget::try_spend() before acting on it

  [[nodiscard]] bool operator==(const Decision&) const = default;
};

// At most so many tries may reach a member; waiting in the queue for a member that refuses is bounded by its deadline.
inline constexpr std::uint32_t kMaxTries = 3;

[[nodiscard]] Decision decide(const Situation& situation);

// The same where the budget has refused what decide() said.
[[nodiscard]] Decision decide_without_budget(const Situation& situation);

// What the client is told when `failure` is the last word.
[[nodiscard]] std::uint16_t status_of(Failure failure);

}  // namespace stead::core::retry
