#include "config/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace stead::config {
namespace {

using testing::ElementsAre;

constexpr std::string_view kSmall = R"([site.shop]
listen = "any:8080"
route  = { "/" = { pool = "app" } }
[pool.app]
members = ["127.0.0.1:8001", "[::1]:8002"]
)";

Config read_valid(std::string_view text) {
  ReadResult result = read(text, "test.toml");
  EXPECT_TRUE(result.config.has_value()) << render(result.diagnostics, text, false);
  return result.config.value_or(Config{});
}

TEST(Reader, FillsInTheDefaultsOfWhatTheFileLeavesOut) {
  const Config config = read_valid(kSmall);
  EXPECT_EQ(config.name, "stead");
  EXPECT_EQ(config.timeouts.head, 10s);
  EXPECT_EQ(config.timeouts.body, 30s);
  EXPECT_EQ(config.timeouts.idle, 75s);
  EXPECT_EQ(config.timeouts.request, 1h);
  EXPECT_EQ(config.timeouts.drain, 30s);
  EXPECT_EQ(config.worker.loops, 0U);
  EXPECT_EQ(config.worker.heartbeat_timeout, 500ms);
  EXPECT_EQ(config.worker.user, "");
  EXPECT_EQ(config.worker.max_connections, 20000U);
  EXPECT_EQ(config.log.access, "off");
  EXPECT_EQ(config.log.level, "info");
  EXPECT_EQ(config.admin.metrics, "");
}

TEST(Reader, FillsInTheDefaultsOfAPool) {
  const Config config = read_valid(kSmall);
  const Pool& pool = config.pools.at(0);
  EXPECT_EQ(pool.balance, Balance::LeastRequest);
  EXPECT_EQ(pool.check.kind, CheckKind::Tcp);
  EXPECT_EQ(pool.check.every, 1s);
  EXPECT_EQ(pool.check.every_fast, 250ms);
  EXPECT_EQ(pool.check.timeout, 1s);
  EXPECT_EQ(pool.check.rise, 2U);
  EXPECT_EQ(pool.check.fall, 3U);
  EXPECT_EQ(pool.slow_start, 5s);
  EXPECT_EQ(pool.queue_limit, 1024U);
  EXPECT_EQ(pool.queue_timeout, 2s);
  EXPECT_EQ(pool.idle_connections, 64U);
  EXPECT_EQ(pool.idle_timeout, 30s);
  EXPECT_EQ(pool.connect_timeout, 1s);
  EXPECT_EQ(pool.first_byte_timeout, 30s);
  EXPECT_EQ(pool.try_timeout, Duration{});
  EXPECT_EQ(pool.retry_budget_percent, 20U);
  EXPECT_EQ(pool.eject_after, 3U);
  EXPECT_EQ(pool.eject_for, 2s);
}

TEST(Reader, ReadsListenersAndMembers) {
  const Config config = read_valid(kSmall);
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].endpoint, (Endpoint{"::", 8080}));
  EXPECT_THAT(config.sites.at(0).hosts, ElementsAre("*"));
  EXPECT_THAT(config.sites.at(0).listeners, ElementsAre(0));
  const Pool& pool = config.pools.at(0);
  ASSERT_EQ(pool.members.size(), 2U);
  EXPECT_EQ(pool.members[0].endpoint, (Endpoint{"127.0.0.1", 8001}));
  EXPECT_EQ(pool.members[0].weight, 1U);
  EXPECT_EQ(pool.members[1].name, "[::1]:8002");
  EXPECT_EQ(pool.members[1].host, "::1");
  EXPECT_EQ(pool.members[1].endpoint, (Endpoint{"::1", 8002}));
  EXPECT_EQ(pool.members[1].where.line, 5U);
  EXPECT_EQ(pool.members[1].where.column, 30U);
}

TEST(Reader, ReadsAllOfAPool) {
  const Config config = read_valid(R"([node]
app-1 = "10.0.0.21/24"
[site.shop]
listen = "app-1:80"
route = { "/" = { pool = "api" } }
[pool.api]
members = ["app.example.com:80", { at = "app-1:8000", weight = 7, backup = true, max-connections = 9 }]
balance = "random"
slow-start = "off"
queue = { max = "off", timeout = "3s" }
idle = { max = 10, timeout = "4s" }
timeouts = { connect = "200ms", first-byte = "9s", try = "1.5s" }
retry-budget = "7%"
eject = { after = 8, for = "1m" }
[pool.api.check]
http = "/healthz"
host = "h"
status = "200-204"
body = "ok"
every = "2s"
every-fast = "1s"
timeout = "5s"
rise = 4
fall = 5
)");
  const Pool& pool = config.pools.at(0);
  EXPECT_EQ(pool.members.at(0).endpoint, (Endpoint{"", 80}));
  EXPECT_EQ(pool.members.at(1).endpoint, (Endpoint{"10.0.0.21", 8000}));
  EXPECT_EQ(pool.members.at(1).weight, 7U);
  EXPECT_TRUE(pool.members.at(1).backup);
  EXPECT_EQ(pool.members.at(1).max_connections, 9U);
  EXPECT_EQ(pool.balance, Balance::Random);
  EXPECT_EQ(pool.check.kind, CheckKind::Http);
  EXPECT_EQ(pool.check.path, "/healthz");
  EXPECT_EQ(pool.check.host, "h");
  EXPECT_EQ(pool.check.expect_status_from, 200);
  EXPECT_EQ(pool.check.expect_status_to, 204);
  EXPECT_EQ(pool.check.expect_body, "ok");
  EXPECT_EQ(pool.check.every_fast, 1s);
  EXPECT_EQ(pool.check.rise, 4U);
  EXPECT_EQ(pool.check.fall, 5U);
  EXPECT_EQ(pool.slow_start, Duration{});
  EXPECT_EQ(pool.queue_limit, 0U);
  EXPECT_EQ(pool.queue_timeout, 3s);
  EXPECT_EQ(pool.idle_connections, 10U);
  EXPECT_EQ(pool.connect_timeout, 200ms);
  EXPECT_EQ(pool.first_byte_timeout, 9s);
  EXPECT_EQ(pool.try_timeout, 1500ms);
  EXPECT_EQ(pool.retry_budget_percent, 7U);
  EXPECT_EQ(pool.eject_after, 8U);
  EXPECT_EQ(pool.eject_for, 1min);
}

TEST(Reader, RefusesAnswersThatAreTooLong) {
  const auto answer = [](const std::string& table) {
    const std::string text = "[site.shop]\nlisten = \"any:8080\"\nroute = { \"/\" = { " + table + " } }\n";
    const ReadResult result = read(text, "test.toml");
    return result.diagnostics.empty() ? std::string() : result.diagnostics.front().message;
  };
  EXPECT_EQ(answer("answer = 200, body = \"" + std::string(65536, 'x') + "\""), "");
  EXPECT_EQ(answer("answer = 200, body = \"" + std::string(65537, 'x') + "\""),
            "`body` has 65537 bytes, and may have 65536");
  EXPECT_EQ(answer("redirect = \"/" + std::string(5000, 'x') + "\""), "`redirect` has 5001 bytes, and may have 4096");
}

TEST(Reader, ReadsRoutesInTheOrderOfTheFile) {
  const Config config = read_valid(R"([site.shop]
hosts = ["Shop.Example.com", "*.example.org"]
listen = ["any:80", "any:81"]
[site.shop.route]
"POST /b" = { answer = 404 }
"/a" = { redirect = "/new{path}" }
"/c" = { redirect = "https://x.example", status = 308 }
"/" = { answer = 200, body = "ok\n", type = "text/html" }
)");
  const Site& site = config.sites.at(0);
  EXPECT_THAT(site.hosts, ElementsAre("shop.example.com", "*.example.org"));
  EXPECT_THAT(site.listeners, ElementsAre(0, 1));
  ASSERT_EQ(site.routes.size(), 4U);
  EXPECT_EQ(site.routes[0].method, "POST");
  EXPECT_EQ(site.routes[0].prefix, "/b");
  EXPECT_EQ(site.routes[0].kind, RouteKind::Answer);
  EXPECT_EQ(site.routes[0].status, 404);
  EXPECT_EQ(site.routes[1].kind, RouteKind::Redirect);
  EXPECT_EQ(site.routes[1].status, 307);
  EXPECT_EQ(site.routes[1].location, "/new{path}");
  EXPECT_EQ(site.routes[2].status, 308);
  EXPECT_EQ(site.routes[3].body, "ok\n");
  EXPECT_EQ(site.routes[3].content_type, "text/html");
}

TEST(Reader, BindsAnAddressThatIsWrittenInTwoWaysOnce) {
  const Config config = read_valid(R"([node]
edge-1 = "10.0.0.11"
[site.a]
hosts = "a.example.com"
listen = "edge-1:80"
route = { "/" = { answer = 200 } }
[site.b]
hosts = "b.example.com"
listen = "10.0.0.11:80"
route = { "/" = { answer = 200 } }
)");
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].name, "edge-1:80");
  EXPECT_EQ(config.listeners[0].node, "edge-1");
  EXPECT_EQ(config.sites.at(0).listeners, config.sites.at(1).listeners);
}

TEST(Reader, TakesNodeForEachNodesOwnAddress) {
  const Config config = read_valid(R"([node]
edge-1 = "10.0.0.11"
edge-2 = "10.0.0.12"
[site.a]
listen = ["edge-2:80", "node:80"]
route = { "/" = { answer = 200 } }
)");
  ASSERT_EQ(config.listeners.size(), 2U);
  EXPECT_EQ(config.listeners[0].endpoint, (Endpoint{"10.0.0.12", 80}));
  EXPECT_EQ(config.listeners[1].name, "edge-1:80");
  EXPECT_EQ(config.listeners[1].node, "edge-1");
}

TEST(Reader, TurnsChecksAndEjectionOff) {
  const Config config = read_valid(std::string(kSmall) +
                                   "check = false\neject = { after = 2 }\n[pool.b]\n"
                                   "members = \"127.0.0.1:1\"\neject = false\n");
  EXPECT_EQ(config.pools.at(0).check.kind, CheckKind::None);
  EXPECT_EQ(config.pools.at(0).eject_after, 2U);
  EXPECT_EQ(config.pools.at(0).eject_for, 2s);
  EXPECT_EQ(config.pools.at(1).eject_after, 0U);
}

TEST(Reader, LetsADefaultGiveWayToAShorterBound) {
  const Config config =
      read_valid(std::string(kSmall) + "check = { every = \"100ms\" }\n[timeouts]\nrequest = \"500ms\"\n");
  EXPECT_EQ(config.pools.at(0).check.every_fast, 100ms);
  EXPECT_EQ(config.pools.at(0).connect_timeout, 500ms);
  EXPECT_EQ(config.pools.at(0).first_byte_timeout, 500ms);
  EXPECT_EQ(config.pools.at(0).queue_timeout, 500ms);
  EXPECT_EQ(config.timeouts.head, 500ms);
  EXPECT_EQ(config.timeouts.idle, 75s);
}

TEST(Reader, TakesNoRequestTimeoutForNoBound) {
  const Config config = read_valid(std::string(kSmall) + "[timeouts]\nrequest = \"off\"\n");
  EXPECT_EQ(config.timeouts.request, Duration{});
  EXPECT_EQ(config.pools.at(0).first_byte_timeout, 30s);
}

TEST(Reader, WritesTheMetricsAddressInFull) {
  EXPECT_EQ(read_valid(std::string(kSmall) + "[admin]\nmetrics = \"any:9100\"\n").admin.metrics, "[::]:9100");
}

TEST(Reader, TakesWindowsLineEnds) {
  std::string text(kSmall);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
  EXPECT_EQ(read_valid(text).pools.size(), 1U);
}

TEST(Reader, RefusesTheEmptyFileOnce) {
  const ReadResult result = read("", "empty.toml");
  EXPECT_FALSE(result.config.has_value());
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].code, Code::NothingServed);
}

// A file may be cut off anywhere: while it is written, or by a full disk.
TEST(Reader, SurvivesEveryPrefixOfAFile) {
  for (std::size_t size = 0; size <= kSmall.size(); ++size) {
    const std::string text(kSmall.substr(0, size));
    const ReadResult result = read(text, "cut.toml");
    EXPECT_NE(result.config.has_value(), has_errors(result.diagnostics)) << text;
  }
}

}  // namespace
}  // namespace stead::config
