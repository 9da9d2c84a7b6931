// The admin API without its server: what each request means and what is answered.
//
//   GET  /v1/status           everything, as JSON (status_json.h)
//   GET  /metrics             Prometheus (metrics.h)
//   GET  /debug/loops         one line per data loop: is it alive, has it stalled
//   POST /v1/members/drain    {"member": "app-1:8000"}                 takes nothing new
//   POST /v1/members/ready    {"member": "api/app-1:8000"}             takes requests again
//   POST /v1/members/weight   {"member": "app-1:8000", "weight": 10}
//
// A member is named as in the file, with its pool before it or without: then it is meant in every pool that has it.
// Errors are {"error": "a sentence", "did_you_mean": […]}.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "admin/status.h"

namespace stead::admin {

struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view body;
};

struct Response {
  std::uint16_t status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;  // with 405
};

// What the API may do; the worker's control loop provides it. Pools and members exist: the API has looked.
struct Controls {
  std::function<Status()> status;
  std::function<void(const std::string& pool, const std::string& member)> drain;
  std::function<void(const std::string& pool, const std::string& member)> ready;
  std::function<void(const std::string& pool, const std::string& member, std::optional<std::uint32_t> weight)>
      set_weight;  // nullopt: the file's again
};

inline constexpr std::uint32_t kMaxWeight = 1000;

// All of it: for the Unix socket, whose owner is the operator.
[[nodiscard]] Response answer(const Request& request, const Controls& controls);
// Only GET /metrics: for a TCP address, where anyone may ask.
[[nodiscard]] Response answer_metrics_only(const Request& request, const Controls& controls);

}  // namespace stead::admin
