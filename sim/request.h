// A simulated client's request and the tries that a data loop makes for it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "core/retry/policy.h"
#include "sim/server.h"

namespace stead::sim {

struct Request;

struct Try {
  RequestId id = 0;
  std::weak_ptr<Request> request;  // lives in its data loop until it is done
  Server* server = nullptr;
  Instant begun{};
  bool reused = false;  // over a kept connection
  Duration idle_age{};  // of that
  std::uint64_t bytes_sent = 0;
  bool awaited = true;  // neither answered nor given up
};

struct Request {
  RequestId id = 0;
  core::retry::Repeatability repeatability{};
  Instant begun{};
  std::uint32_t tries = 0;
  std::vector<const Server*> asked;  // since it last queued
  std::vector<std::shared_ptr<Try>> awaited;
  bool budget_refused = false;
  bool done = false;
};

}  // namespace stead::sim
