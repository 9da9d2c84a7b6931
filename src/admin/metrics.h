// The status in Prometheus's text format (version 0.0.4), for GET /metrics.
#pragma once

#include <string>
#include <string_view>

#include "admin/status.h"

namespace stead::admin {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string render_metrics(const Status& status);

}  // namespace stead::admin
