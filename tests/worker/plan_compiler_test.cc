#include "worker/plan_compiler.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "config/reader.h"

namespace stead::worker {
namespace {

constexpr std::string_view kShop = R"(
name = "shop"

[site.shop]
hosts  = ["shop.example.com"]
listen = ["127.0.0.1:8080", "127.0.0.1:8081"]
[site.shop.route]
"/api/"      = { pool = "api" }
"POST /api/" = { pool = "writers" }
"/old"       = { redirect = "/new" }

[site.other]
hosts  = ["*"]
listen = ["127.0.0.1:8081"]
[site.other.route]
"/" = { answer = 204 }

[pool.api]
members = ["10.0.0.1:8000", "10.0.0.2:8000"]
balance = "random"

[pool.writers]
members = ["[2001:db8::1]:9000"]

[worker]
max-connections = 1001
)";

config::Config read(std::string_view text) {
  const config::ReadResult result = config::read(text, "shop.toml");
  EXPECT_TRUE(result.config) << config::render(result.diagnostics, text, false);
  return result.config.value_or(config::Config{});
}

MemberAddresses addresses_of(const config::Config& config) {
  MemberAddresses addresses;
  for (const config::Pool& pool : config.pools) {
    for (const config::Member& member : pool.members) {
      addresses[pool.name + "/" + member.name] = socket_address(member.endpoint);
    }
  }
  return addresses;
}

const BoundListener kFirst{7, "127.0.0.1:8080"};
const BoundListener kSecond{9, "127.0.0.1:8081"};

class PlanCompilerTest : public testing::Test {
 protected:
  std::shared_ptr<const service::http::Plan> compile() {
    const std::vector<BoundListener> listeners{kFirst, kSecond};
    compiler_.configure(config_, listeners, 4, true);
    return compiler_.compile(addresses_of(config_), availability_);
  }

  // The route that a request takes, through the listener's table into the plan's.
  static const service::http::RoutePlan* route(const service::http::Plan& plan, service::http::ListenerId listener,
                                               std::string_view host, std::string_view method, std::string_view path) {
    const auto id = plan.find_listener(listener)->router->match(host, method, path);
    return id ? &plan.routes[*id] : nullptr;
  }

  config::Config config_ = read(kShop);
  MemberAvailability availability_;
  PlanCompiler compiler_;
};

TEST_F(PlanCompilerTest, EachListenerHasTheRoutesOfItsSites) {
  const auto plan = compile();
  ASSERT_EQ(plan->listeners.size(), 2U);
  const auto* api = route(*plan, 7, "shop.example.com", "GET", "/api/x");
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->kind, config::RouteKind::Pool);
  EXPECT_EQ(plan->pools[api->pool].name, "api");
  EXPECT_EQ(plan->pools[route(*plan, 7, "shop.example.com", "POST", "/api/x")->pool].name, "writers");
  EXPECT_EQ(route(*plan, 7, "shop.example.com", "GET", "/old")->location, "/new");
  EXPECT_EQ(route(*plan, 7, "elsewhere", "GET", "/"), nullptr);
  ASSERT_NE(route(*plan, 9, "elsewhere", "GET", "/"), nullptr);
  EXPECT_EQ(route(*plan, 9, "elsewhere", "GET", "/")->status, 204);
  EXPECT_EQ(plan->find_listener(8), nullptr);
}

TEST_F(PlanCompilerTest, AListenerThatIsNotBoundHereHasNoRoutes) {
  const std::vector<BoundListener> listeners{kSecond, {11, "not in the file"}};
  compiler_.configure(config_, listeners, 1, false);
  const auto plan = compiler_.compile(addresses_of(config_), {});
  ASSERT_EQ(plan->listeners.size(), 1U);
  EXPECT_EQ(plan->listeners[0].id, 9U);
  EXPECT_FALSE(plan->access_log);
}

TEST_F(PlanCompilerTest, LimitsOverAllLoopsAreSharedAndNeverBecomeNone) {
  config_.pools[0].members[0].max_connections = 2;
  config_.pools[0].members[1].max_connections = 0;
  const auto plan = compile();
  EXPECT_EQ(plan->max_connections, 251U);  // 1001 over 4 loops
  EXPECT_EQ(plan->pools[0].members[0].max_connections, 1U);
  EXPECT_EQ(plan->pools[0].members[1].max_connections, 0U);
}

TEST_F(PlanCompilerTest, CarriesThePoolsSettings) {
  const config::Pool& file = config_.pools[0];
  const auto plan = compile();
  const auto& pool = plan->pools[0];
  EXPECT_EQ(pool.balance, config::Balance::Random);
  EXPECT_EQ(pool.slow_start, file.slow_start);
  EXPECT_EQ(pool.queue_limit, file.queue_limit);
  EXPECT_EQ(pool.queue_timeout, file.queue_timeout);
  EXPECT_EQ(pool.idle_connections, file.idle_connections);
  EXPECT_EQ(pool.idle_timeout, file.idle_timeout);
  EXPECT_EQ(pool.connect_timeout, file.connect_timeout);
  EXPECT_EQ(pool.first_byte_timeout, file.first_byte_timeout);
  EXPECT_EQ(pool.try_timeout, file.try_timeout);
  EXPECT_DOUBLE_EQ(pool.retry_budget, 0.2);
  EXPECT_EQ(plan->timeouts.idle, config_.timeouts.idle);
  EXPECT_TRUE(plan->access_log);
}

TEST_F(PlanCompilerTest, AvailabilityDecidesWhoTakesRequests) {
  availability_["api/10.0.0.1:8000"] = {.member = "api/10.0.0.1:8000",
                                        .usable = false,
                                        .drained = true,
                                        .backup = true,
                                        .weight = 3,
                                        .warm_since = Instant(5s)};
  const auto plan = compile();
  const auto& known = plan->pools[0].members[0];
  EXPECT_FALSE(known.usable);
  EXPECT_TRUE(known.drained);
  EXPECT_TRUE(known.backup);
  EXPECT_EQ(known.weight, 3U);
  EXPECT_EQ(known.warm_since, Instant(5s));
  EXPECT_TRUE(plan->pools[0].members[1].usable);
}

TEST_F(PlanCompilerTest, AMemberWithoutAnAddressGetsNothing) {
  const std::vector<BoundListener> listeners{kFirst};
  compiler_.configure(config_, listeners, 1, false);
  MemberAddresses addresses = addresses_of(config_);
  addresses.erase("api/10.0.0.1:8000");
  const auto plan = compiler_.compile(addresses, {});
  EXPECT_FALSE(plan->pools[0].members[0].usable);
  EXPECT_EQ(plan->pools[0].members[0].address.length, 0U);
  EXPECT_TRUE(plan->pools[0].members[1].usable);
}

TEST_F(PlanCompilerTest, IdsStayOverReloadsAndAreNotGivenToOthers) {
  const auto before = compile();
  const auto first = before->pools[0].members[0].id;
  const auto second = before->pools[0].members[1].id;
  const auto pool = before->pools[0].id;
  EXPECT_NE(first, second);
  // The second stays, the first goes, another comes; and the pools change places.
  config_ = read(R"(
[site.shop]
hosts  = ["*"]
listen = ["127.0.0.1:8080"]
[site.shop.route]
"/" = { pool = "api" }
[pool.aaa]
members = ["10.0.0.9:1"]
[pool.api]
members = ["10.0.0.3:8000", "10.0.0.2:8000"]
)");
  const auto after = compile();
  ASSERT_EQ(after->pools[1].name, "api");
  EXPECT_EQ(after->pools[1].id, pool);
  EXPECT_EQ(after->pools[1].members[1].id, second);
  EXPECT_NE(after->pools[1].members[0].id, first);
  EXPECT_GT(after->generation, before->generation);
  EXPECT_EQ(compiler_.identity_of(second)->key, "api/10.0.0.2:8000");
  EXPECT_EQ(compiler_.identity_of(first)->key, "api/10.0.0.1:8000");  // for outcomes that are still under way
  EXPECT_EQ(compiler_.identity_of(1000), nullptr);
}

TEST_F(PlanCompilerTest, AMemberThatMovedIsAnother) {
  MemberAddresses addresses = addresses_of(config_);
  const auto before = compile();
  addresses["api/10.0.0.1:8000"] = socket_address({"10.0.0.77", 8000});
  const auto moved = compiler_.compile(addresses, {});
  EXPECT_NE(moved->pools[0].members[0].id, before->pools[0].members[0].id);
  EXPECT_EQ(moved->pools[0].members[1].id, before->pools[0].members[1].id);
  const auto back = compiler_.compile(addresses_of(config_), {});
  EXPECT_EQ(back->pools[0].members[0].id, before->pools[0].members[0].id);
}

TEST_F(PlanCompilerTest, AChangeOfHealthSharesTheRoutes) {
  const auto before = compile();
  availability_["api/10.0.0.1:8000"].usable = false;
  const auto after = compiler_.compile(addresses_of(config_), availability_);
  EXPECT_EQ(after->listeners[0].router, before->listeners[0].router);
  EXPECT_TRUE(before->pools[0].members[0].usable);  // a plan never changes
}

TEST(SocketAddress, OfBothFamiliesAndOfNone) {
  const auto version_4 = socket_address({"10.1.2.3", 80});
  ASSERT_EQ(version_4.length, sizeof(sockaddr_in));
  const auto& in = reinterpret_cast<const sockaddr_in&>(version_4.storage);
  EXPECT_EQ(in.sin_family, AF_INET);
  EXPECT_EQ(ntohs(in.sin_port), 80);
  EXPECT_EQ(ntohl(in.sin_addr.s_addr), 0x0a010203U);
  const auto version_6 = socket_address({"2001:db8::1", 443});
  ASSERT_EQ(version_6.length, sizeof(sockaddr_in6));
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6&>(version_6.storage).sin6_family, AF_INET6);
  EXPECT_EQ(ntohs(reinterpret_cast<const sockaddr_in6&>(version_6.storage).sin6_port), 443);
  EXPECT_EQ(socket_address({"", 80}).length, 0U);
  EXPECT_EQ(socket_address({"app-1", 80}).length, 0U);
}

}  // namespace
}  // namespace stead::worker
