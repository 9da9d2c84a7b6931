// Brings what the data loops saw of the members to those who judge them.
#pragma once

#include "service/check/health_service.h"
#include "service/http/outcome.h"
#include "worker/plan_compiler.h"

namespace stead::worker {

// Outcomes of members that are gone are left out.
void feed_outcomes(const service::http::OutcomeBatch& batch, const PlanCompiler& plans,
                   service::check::HealthService& health);

}  // namespace stead::worker
