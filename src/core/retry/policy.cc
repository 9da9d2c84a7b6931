#include "core/retry/policy.h"

#include <algorithm>
#include <array>

namespace stead::core::retry {
namespace {

// How long a request in the queue waits before it tries again members that refused it: often enough for a restart to
// cost little, seldom enough for a hundred waiting requests not to hammer a starting process.
constexpr Duration kQueueDelay = 50ms;

Decision fail(Failure failure) { return Decision{.verdict = Verdict::Fail, .status = status_of(failure)}; }

bool is_connect_failure(Failure failure) {
  return failure == Failure::ConnectRefused || failure == Failure::ConnectTimeout;
}

// Nothing of this try can have been executed: no connection, no byte given to one, or none that arrived.
bool certainly_unprocessed(const Situation& situation) {
  return is_connect_failure(situation.failure) || situation.bytes_sent == 0 || situation.unprocessed;
}

// A failed try may be repeated when it had no effect, or when having its effect twice is the same as once.
bool may_repeat(const Situation& situation) {
  if (!situation.replayable) return false;
  return certainly_unprocessed(situation) || situation.request != Repeatability::Never;
}

// Nothing more to do for this try: others may still bring the answer.
Decision leave(const Situation& situation) {
  return situation.tries_in_flight > 0 ? Decision{.verdict = Verdict::Wait} : fail(situation.failure);
}

// Nobody else can be asked now. A member that restarts is back in a moment: better slow than failed.
Decision wait_for_a_member(const Situation& situation, bool spends) {
  // With a try still in flight the answer may come from there; a place in the queue would be taken for nothing.
  if (situation.tries_in_flight == 0 && situation.may_queue) {
    return Decision{.verdict = Verdict::Queue, .delay = kQueueDelay, .spends_budget = spends};
  }
  return leave(situation);
}

Decision after_connect_failure(const Situation& situation) {
  if (!situation.replayable) return leave(situation);
  if (situation.other_member && situation.tries < kMaxTries) {
    // A refused connection has cost the member nothing, so the next try is this request's first load on the pool and
    // needs no budget. One that timed out may be the sign of a pool that is overrun.
    const bool spends = situation.failure == Failure::ConnectTimeout;
    return Decision{.verdict = Verdict::RetryElsewhere, .spends_budget = spends};
  }
  return wait_for_a_member(situation, false);
}

Decision after_closed_connection(const Situation& situation) {
  if (!may_repeat(situation) || situation.tries >= kMaxTries) return leave(situation);
  const bool spends = !certainly_unprocessed(situation);  // what was not processed was no load
  if (situation.other_member) return Decision{.verdict = Verdict::RetryElsewhere, .spends_budget = spends};
  // The only member, and what failed is likely the kept connection rather than the member behind it.
  if (situation.failure == Failure::ReusedClosed && situation.same_member && situation.tries_in_flight == 0) {
    return Decision{.verdict = Verdict::RetrySameMemberFresh, .spends_budget = spends};
  }
  return wait_for_a_member(situation, spends);
}

Decision after_late_first_byte(const Situation& situation) {
  constexpr Decision kWait{.verdict = Verdict::Wait};
  if (!situation.replayable || !situation.other_member || situation.tries >= kMaxTries) return kWait;
  if (situation.request == Repeatability::Safe) return Decision{.verdict = Verdict::Hedge, .spends_budget = true};
  // Still connecting: the member's host may be gone. Nothing was sent, so even a POST can leave.
  if (situation.bytes_sent == 0) return Decision{.verdict = Verdict::RetryElsewhere, .spends_budget = true};
  return kWait;
}

}  // namespace

Repeatability repeatability_of(std::string_view method) {
  constexpr std::array<std::string_view, 4> kSafe{"GET", "HEAD", "OPTIONS", "TRACE"};
  if (std::ranges::find(kSafe, method) != kSafe.end()) return Repeatability::Safe;
  return method == "PUT" || method == "DELETE" ? Repeatability::Idempotent : Repeatability::Never;
}

Decision decide(const Situation& situation) {
  switch (situation.failure) {
    case Failure::ConnectRefused:
    case Failure::ConnectTimeout:
      return after_connect_failure(situation);
    case Failure::ReusedClosed:
    case Failure::FreshReset:
      return after_closed_connection(situation);
    case Failure::FirstByteLate:
      return after_late_first_byte(situation);
    case Failure::FirstByteTimeout:
      return leave(situation);
    case Failure::BadResponse:
      // The member did execute it, so only a request without effects may ask another one for a better answer.
      if (situation.request == Repeatability::Safe && situation.replayable && situation.other_member &&
          situation.tries < kMaxTries) {
        return Decision{.verdict = Verdict::RetryElsewhere, .spends_budget = true};
      }
      return leave(situation);
    case Failure::AnswerBegun:
      return fail(situation.failure);  // the client has a part of it already
  }
  return fail(situation.failure);
}

Decision decide_without_budget(const Situation& situation) {
  if (situation.failure == Failure::FirstByteLate) return Decision{.verdict = Verdict::Wait};
  // Waiting for a member to come up makes no load.
  if (is_connect_failure(situation.failure)) {
    Situation alone = situation;
    alone.other_member = false;
    return after_connect_failure(alone);
  }
  return leave(situation);
}

// RFC 9110 section 15.6: 503 invites the client to come again, since the request was never taken; 504 says that a
// member had it and did not answer, 502 that what came was no answer. After both, the client must decide what to
// repeat.
std::uint16_t status_of(Failure failure) {
  switch (failure) {
    case Failure::ConnectRefused:
      return 503;
    case Failure::ConnectTimeout:
    case Failure::FirstByteLate:
    case Failure::FirstByteTimeout:
      return 504;
    case Failure::ReusedClosed:
    case Failure::FreshReset:
    case Failure::AnswerBegun:
    case Failure::BadResponse:
      return 502;
  }
  return 502;
}

}  // namespace stead::core::retry
