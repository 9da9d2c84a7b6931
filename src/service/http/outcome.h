// What a data loop tells the control loop about its members, in batches: the food of passive health.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "service/http/plan.h"

namespace stead::service::http {

enum class OutcomeKind : std::uint8_t {
  Ok,              // an answer below 500 arrived
  ServerError,     // an answer of 500 or above arrived
  ConnectRefused,  // refused, unreachable: nobody is there
  ConnectTimeout,
  Reset,        // closed on a fresh connection, or in the middle of an answer
  BadResponse,  // not HTTP, or ambiguous
  Slow,         // no first byte within the try's limit
};

struct Outcome {
  MemberId member = 0;
  OutcomeKind kind = OutcomeKind::Ok;
  std::uint32_t count = 1;  // so many in a row, without another kind for this member between them
  Duration latency{};       // first byte, of the last one
};

using OutcomeBatch = std::vector<Outcome>;

}  // namespace stead::service::http
