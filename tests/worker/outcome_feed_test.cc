#include "worker/outcome_feed.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace stead::worker {
namespace {

using core::health::State;
using service::http::OutcomeKind;

TEST(OutcomeFeed, WhatALoopSawReachesTheMembersJudgement) {
  config::Config config;
  config::Pool& pool = config.pools.emplace_back();
  pool.name = "api";
  pool.check.kind = config::CheckKind::None;
  pool.eject_after = 3;
  pool.eject_for = 10s;
  for (const char* name : {"10.0.0.1:80", "10.0.0.2:80"}) pool.members.emplace_back().name = name;
  MemberAddresses addresses{{"api/10.0.0.1:80", socket_address({"10.0.0.1", 80})},
                            {"api/10.0.0.2:80", socket_address({"10.0.0.2", 80})}};
  PlanCompiler plans;
  plans.configure(config, {}, 1, false);
  const auto plan = plans.compile(addresses, {});
  boost::asio::io_context loop;
  const auto nothing = [](const auto&...) {};
  service::check::HealthService health(loop,
                                       {.availability_changed = nothing,
                                        .state_changed = nothing,
                                        .event = nothing,
                                        .fail_open_changed = nothing,
                                        .complain = nothing},
                                       1);
  health.configure(config);
  const auto id = plan->pools[0].members[1].id;
  feed_outcomes({{.member = id, .kind = OutcomeKind::ConnectRefused, .count = 2, .latency = {}},
                 {.member = 999, .kind = OutcomeKind::ConnectRefused, .count = 50, .latency = {}}},
                plans, health);
  EXPECT_NE(health.find_pool("api")->find("api/10.0.0.2:80")->state(), State::Ejected);
  feed_outcomes({{.member = id, .kind = OutcomeKind::Reset, .count = 1, .latency = {}}}, plans, health);
  EXPECT_EQ(health.find_pool("api")->find("api/10.0.0.2:80")->state(), State::Ejected);
  EXPECT_NE(health.find_pool("api")->find("api/10.0.0.1:80")->state(), State::Ejected);
}

}  // namespace
}  // namespace stead::worker
