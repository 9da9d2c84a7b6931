// What a worker leaves to the next one, as text: members' health, what the operator has set, and the addresses that
// names had, so that a resolver which is down does not take members away. The keeper keeps it without reading it.
//
// The next worker may be of another version: what it does not understand, it leaves out.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/health/pool_health.h"

namespace stead::worker {

struct HealthState {
  std::vector<core::health::MemberRecord> members;
  std::map<std::string, std::string> addresses;  // of host names
};

[[nodiscard]] std::string encode(const HealthState& state);
[[nodiscard]] Result<HealthState> decode_health_state(std::string_view blob);

}  // namespace stead::worker
