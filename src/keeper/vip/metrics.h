// What the thread that speaks VRRP counts, in Prometheus's text format (version 0.0.4). The worker adds it to its own.
#pragma once

#include <string>

#include "keeper/vip/plan.h"
#include "keeper/vip/service.h"

namespace stead::keeper::vip {

// What tells the metrics of this group from those of others: `vip="public",family="ipv4"`.
[[nodiscard]] std::string labels(const GroupPlan& group);

// Empty while the snapshot is not of this plan.
[[nodiscard]] std::string render_metrics(const Plan& plan, std::uint64_t generation, const Snapshot& snapshot);

}  // namespace stead::keeper::vip
