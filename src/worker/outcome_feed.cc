#include "worker/outcome_feed.h"

namespace stead::worker {

namespace {

using Seen = service::http::OutcomeKind;
using Judged = core::health::OutcomeKind;

// The data loops and the core have each their own enum, since neither includes the other.
Judged judged(Seen kind) {
  switch (kind) {
    case Seen::Ok:
      return Judged::Ok;
    case Seen::ServerError:
      return Judged::ServerError;
    case Seen::ConnectRefused:
      return Judged::ConnectRefused;
    case Seen::ConnectTimeout:
      return Judged::ConnectTimeout;
    case Seen::Reset:
      return Judged::Reset;
    case Seen::BadResponse:
      return Judged::BadResponse;
    case Seen::Slow:
      return Judged::Slow;
  }
  return Judged::Ok;
}

}  // namespace

void feed_outcomes(const service::http::OutcomeBatch& batch, const PlanCompiler& plans,
                   service::check::HealthService& health) {
  for (const service::http::Outcome& outcome : batch) {
    const MemberIdentity* member = plans.identity_of(outcome.member);
    if (member == nullptr) continue;
    health.handle_outcome(member->pool, member->key, judged(outcome.kind), outcome.count);
  }
}

}  // namespace stead::worker
