#include "admin/status_table.h"

#include <gtest/gtest.h>

#include "tests/admin/sample_status.h"

namespace stead::admin {
namespace {

TEST(StatusTable, ShowsAtAGlanceWhatIsWrong) {
  EXPECT_EQ(render_table(sample_status(), {}),
            R"(shop on edge-1: worker 4242 for 1m 30s, configuration 3, stead 0.1.0
listening on any:8080 (0.0.0.0:8080), 127.0.0.1:8081
clients 12, requests 12,346 (60.5/s), answers 4xx 0, 5xx 6, waiting 0, latency p50 < 1ms, p99 < 4ms

pool api (least-request), 60.5 requests/s
  MEMBER      STATE            SINCE   WEIGHT  ACTIVE  REQ/S  REQUESTS  ERRORS   CHECK  WHY
  app-1:8000  up               3h 12m       1       2   60.5    12,345       0   1.2ms
  app-2:8000  down             12s          1       0    0.0     1,002      14  failed  refused the connection 3 times in a row
  app-3:8000  drained, backup  3h 12m   5 (1)       0    0.0         0       0       -
)");
}

TEST(StatusTable, SaysLoudlyThatNobodyIsUsableOrThatTheKeeperIsGone) {
  Status status = sample_status();
  status.pools[0].fail_open = true;
  status.keeper_gone = true;
  status.draining = true;
  const std::string table = render_table(status, {});
  EXPECT_NE(table.find("No member is usable"), std::string::npos);
  EXPECT_NE(table.find("The keeper is gone"), std::string::npos);
  EXPECT_NE(table.find("Draining"), std::string::npos);
}

TEST(StatusTable, ColoursStatesOnATerminalAndAlignsThemTheSame) {
  const std::string plain = render_table(sample_status(), {});
  std::string coloured = render_table(sample_status(), {.colour = true});
  EXPECT_NE(coloured.find("\x1b[32mup\x1b[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[31mdown\x1b[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[33mdrained, backup\x1b[0m"), std::string::npos);
  for (const std::string escape : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"}) {
    for (std::size_t at = coloured.find(escape); at != std::string::npos; at = coloured.find(escape)) {
      coloured.erase(at, escape.size());
    }
  }
  EXPECT_EQ(coloured, plain);
}

TEST(StatusTable, ANameCannotSteerTheTerminal) {
  Status status = sample_status();
  status.pools[0].members[0].name = "evil\x1b[2J\n:80";
  status.pools[0].name = "\x1b]0;title\x07";
  const std::string table = render_table(status, {});
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_NE(table.find("evil?[2J?:80"), std::string::npos);
}

TEST(StatusTable, ShowsTheReasonThatMatters) {
  Status status = sample_status();
  MemberStatus& member = status.pools[0].members[0];
  member.reason = "passed 2 checks in a row";  // up: nobody asks why
  EXPECT_EQ(render_table(status, {}).find("passed 2 checks"), std::string::npos);
  member.check->passed = false;
  member.check->detail = "status 503";
  EXPECT_NE(render_table(status, {}).find("check: status 503"), std::string::npos);
  member.address.clear();
  EXPECT_NE(render_table(status, {}).find("its name has no address"), std::string::npos);
}

TEST(StatusTable, WritesDurationsShortly) {
  EXPECT_EQ(in_short(0ms), "0ms");
  EXPECT_EQ(in_short(850ms), "850ms");
  EXPECT_EQ(in_short(59s), "59s");
  EXPECT_EQ(in_short(200s), "3m 20s");
  EXPECT_EQ(in_short(5h + 2min), "5h 2m");
  EXPECT_EQ(in_short(24h * 12 + 4h), "12d 4h");
  EXPECT_EQ(in_short(-5s), "0ms");
}

}  // namespace
}  // namespace stead::admin
