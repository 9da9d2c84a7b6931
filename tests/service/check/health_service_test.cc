#include "service/check/health_service.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/clock.h"
#include "tests/service/check/fake_member.h"

namespace stead::service::check {
namespace {

using core::health::State;

config::Pool pool_with(const std::vector<std::string>& members) {
  config::Pool pool;
  pool.name = "api";
  for (const std::string& name : members) {
    config::Member& member = pool.members.emplace_back();
    member.name = name;
  }
  pool.check.kind = config::CheckKind::Http;
  pool.check.path = "/healthz";
  pool.check.every = 20ms;
  pool.check.every_fast = 5ms;
  pool.check.timeout = 20s;
  pool.check.rise = 2;
  pool.check.fall = 2;
  pool.eject_after = 3;
  pool.eject_for = 20s;
  return pool;
}

const FakeMember::Reply kHealthy{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
const FakeMember::Reply kSick{.bytes = "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"};

class HealthServiceTest : public testing::Test {
 protected:
  HealthServiceTest() {
    config_.pools.push_back(pool_with({"a:1", "b:1"}));
    service_ = std::make_unique<HealthService>(loop_, hooks(), 1);
    service_->configure(config_);
    service_->set_address("api/a:1", first_.endpoint());
    service_->set_address("api/b:1", second_.endpoint());
  }

  HealthHooks hooks() {
    return {
        .availability_changed = [this] { ++plans_; },
        .state_changed = [this] { ++states_; },
        .event =
            [this](const std::string& member, const core::health::Event& event) {
              events_.push_back(member + " " + std::string(core::health::to_string(event.to)) + ": " + event.reason);
            },
        .fail_open_changed = [this](const std::string& pool, bool on) { fail_open_.emplace_back(pool, on); },
        .complain = [](const std::string& message) { FAIL() << message; }};
  }

  State state_of(const std::string& key) { return service_->find_pool("api")->find(key)->state(); }

  // Turns the loop until the member is in that state; the test's own time limit is the only one.
  void run_until(const std::string& key, State state) {
    while (state_of(key) != state && loop_.run_one() > 0) {
    }
    ASSERT_EQ(state_of(key), state);
  }

  boost::asio::io_context loop_;
  FakeMember first_{loop_, kHealthy};
  FakeMember second_{loop_, kHealthy};
  config::Config config_;
  int plans_ = 0;
  int states_ = 0;
  std::vector<std::string> events_;
  std::vector<std::pair<std::string, bool>> fail_open_;
  std::unique_ptr<HealthService> service_;
};

TEST_F(HealthServiceTest, CheckedMembersComeUp) {
  run_until("api/a:1", State::Up);
  run_until("api/b:1", State::Up);
  ASSERT_NE(service_->last_check("api/a:1"), nullptr);
  EXPECT_EQ(service_->last_check("api/a:1")->detail, "status 200");
  EXPECT_FALSE(events_.empty());
}

TEST_F(HealthServiceTest, AMemberThatTurnsSickGoesDownAndComesBackWhenItHeals) {
  run_until("api/a:1", State::Up);
  first_.set_reply(kSick);
  run_until("api/a:1", State::Down);
  EXPECT_GT(plans_, 0);
  EXPECT_GT(states_, 0);
  EXPECT_EQ(service_->last_check("api/a:1")->result, core::health::CheckResult::WrongStatus);
  EXPECT_EQ(service_->find_pool("api")->availability()[0].usable, false);
  first_.set_reply(kHealthy);
  run_until("api/a:1", State::Up);
  EXPECT_EQ(service_->find_pool("api")->availability()[0].usable, true);
}

TEST_F(HealthServiceTest, AMemberWithoutAnAddressGoesDownAndComesUpWhenItsNameIsKnown) {
  service_->set_address("api/a:1", std::nullopt);
  run_until("api/a:1", State::Down);
  service_->set_address("api/a:1", first_.endpoint());
  run_until("api/a:1", State::Up);
}

TEST_F(HealthServiceTest, TheFirstCheckWaitsUntilTheResolverHasSpoken) {
  HealthService fresh(loop_, hooks(), 3);
  fresh.configure(config_);
  fresh.set_address("api/b:1", second_.endpoint());
  const auto* unknown = fresh.find_pool("api")->find("api/a:1");
  while (fresh.find_pool("api")->find("api/b:1")->passed_checks() < 3 && loop_.run_one() > 0) {
  }
  EXPECT_EQ(unknown->state(), State::Unproven);  // though its turn had come
  EXPECT_EQ(unknown->failed_checks(), 0U);
  fresh.set_address("api/a:1", first_.endpoint());
  while (unknown->state() == State::Unproven && loop_.run_one() > 0) {
  }
  EXPECT_EQ(unknown->state(), State::Up);
}

TEST_F(HealthServiceTest, WhenAllAreSickTheyAreAllTriedAndItIsSaid) {
  first_.set_reply(kSick);
  second_.set_reply(kSick);
  run_until("api/a:1", State::Down);
  run_until("api/b:1", State::Down);
  EXPECT_TRUE(service_->find_pool("api")->fail_open());
  ASSERT_FALSE(fail_open_.empty());
  EXPECT_EQ(fail_open_.back(), std::make_pair(std::string("api"), true));
}

TEST_F(HealthServiceTest, WhatTheDataLoopsSawEjects) {
  run_until("api/a:1", State::Up);
  run_until("api/b:1", State::Up);
  const int plans = plans_;
  service_->handle_outcome("api", "api/a:1", core::health::OutcomeKind::ConnectRefused, 3);
  EXPECT_EQ(state_of("api/a:1"), State::Ejected);
  EXPECT_GT(plans_, plans);
  service_->handle_outcome("gone", "gone/a:1", core::health::OutcomeKind::ConnectRefused, 3);  // harmless
}

TEST_F(HealthServiceTest, TheOperatorsWordCountsAtOnce) {
  ASSERT_TRUE(service_->drain("api", "api/a:1"));
  EXPECT_TRUE(service_->find_pool("api")->availability()[0].drained);
  ASSERT_TRUE(service_->set_weight("api", "api/b:1", 7));
  EXPECT_EQ(service_->find_pool("api")->availability()[1].weight, 7U);
  ASSERT_TRUE(service_->ready("api", "api/a:1"));
  EXPECT_FALSE(service_->find_pool("api")->availability()[0].drained);
  EXPECT_FALSE(service_->drain("api", "api/c:1"));
  EXPECT_FALSE(service_->drain("web", "web/a:1"));
  EXPECT_GT(plans_, 0);
}

TEST_F(HealthServiceTest, AReloadKeepsWhatIsKnownAndForgetsWhoIsGone) {
  run_until("api/a:1", State::Up);
  first_.set_reply(kSick);
  run_until("api/a:1", State::Down);
  config_.pools[0] = pool_with({"a:1", "c:1"});
  service_->configure(config_);
  EXPECT_EQ(state_of("api/a:1"), State::Down);
  EXPECT_EQ(service_->find_pool("api")->find("api/b:1"), nullptr);
  EXPECT_EQ(state_of("api/c:1"), State::Unproven);
  config_.pools.clear();
  service_->configure(config_);
  EXPECT_EQ(service_->find_pool("api"), nullptr);
}

TEST_F(HealthServiceTest, TheNextWorkerKnowsWhatThisOneKnew) {
  run_until("api/b:1", State::Up);
  first_.set_reply(kSick);
  run_until("api/a:1", State::Down);
  ASSERT_TRUE(service_->drain("api", "api/b:1"));
  const auto records = service_->snapshot();
  HealthService next(loop_, hooks(), 2);
  next.configure(config_);
  next.restore(records);
  EXPECT_EQ(next.find_pool("api")->find("api/a:1")->state(), State::Down);
  EXPECT_TRUE(next.find_pool("api")->availability()[1].drained);
}

}  // namespace
}  // namespace stead::service::check
