// What a data loop has been told about the pool: the simulation's plan. Published whole by the control loop.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "sim/server.h"

namespace stead::sim {

struct MemberView {
  Server* server = nullptr;
  bool usable = true;
  bool backup = false;
  std::uint32_t weight = 1;
  Instant warm_since{};
};

using View = std::vector<MemberView>;

}  // namespace stead::sim
