// What is made of a configuration: which node this is, addresses of names, differences, predictions, documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/diff.h"
#include "config/explain.h"
#include "config/keys.h"
#include "config/predict.h"
#include "config/reader.h"
#include "config/reference.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "config/self.h"

namespace stead::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kBase = R"([node]
edge-1 = "10.0.0.11"
edge-2 = "10.0.0.12"
[site.shop]
listen = ["edge-1:80", "edge-2:80"]
route = { "/" = { pool = "api" } }
[pool.api]
members = ["app-1.example.com:80", "10.0.0.22:80"]
)";

Config parse(std::string_view text) {
  ReadResult result = read(text, "f.toml");
  EXPECT_TRUE(result.config.has_value()) << render(result.diagnostics, text, false);
  return result.config.value_or(Config{});
}

std::string replaced(std::string_view what, std::string_view by) {
  std::string text(kBase);
  text.replace(text.find(what), what.size(), by);
  return text;
}

TEST(Self, IsFoundByNameOrByAddress) {
  const Config config = parse(kBase);
  const std::vector<AddressText> own = {"127.0.0.1", "10.0.0.12"};
  EXPECT_EQ(find_self(config, "edge-1", own).value_or("?"), "edge-1");
  EXPECT_EQ(find_self(config, std::nullopt, own).value_or("?"), "edge-2");
}

TEST(Self, SaysWhatToDoWhenItIsNotFound) {
  const Config config = parse(kBase);
  const std::vector<AddressText> none = {"127.0.0.1"};
  const std::vector<AddressText> both = {"10.0.0.11", "10.0.0.12"};
  EXPECT_THAT(find_self(config, std::nullopt, none).error().message, HasSubstr("--node NAME"));
  EXPECT_THAT(find_self(config, std::nullopt, both).error().message, HasSubstr("`edge-1` and `edge-2`"));
  EXPECT_THAT(find_self(config, "egde-1", none).error().message, HasSubstr("did you mean `edge-1`?"));
}

TEST(Self, IsAnyoneInAFileWithoutNodes) {
  const Config config = parse("[site.s]\nlisten = \"any:80\"\nroute = { \"/\" = { answer = 200 } }\n");
  EXPECT_EQ(find_self(config, std::nullopt, {}).value_or("?"), "");
  EXPECT_FALSE(find_self(config, "edge-1", {}).has_value());
}

TEST(Self, BindsItsOwnListenersAndThoseOfAll) {
  EXPECT_TRUE(binds("edge-1", Listener{"edge-1:80", {"10.0.0.11", 80}, "edge-1", {}}));
  EXPECT_FALSE(binds("edge-2", Listener{"edge-1:80", {"10.0.0.11", 80}, "edge-1", {}}));
  EXPECT_TRUE(binds("edge-2", Listener{"any:80", {"::", 80}, "", {}}));
}

TEST(Resolve, AsksOnceForANameAndNeverForAnAddress) {
  Config config = parse(replaced("10.0.0.22:80", "app-1.example.com:81"));
  std::vector<std::string> asked;
  const auto warnings = resolve_members(
      config,
      [&](const std::string& host) -> Result<std::vector<AddressText>> {
        asked.push_back(host);
        return std::vector<AddressText>{"192.0.2.7", "192.0.2.8"};
      },
      "f.toml");
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_THAT(asked, ElementsAre("app-1.example.com"));
  EXPECT_EQ(config.pools.at(0).members.at(0).endpoint, (Endpoint{"192.0.2.7", 80}));
  EXPECT_EQ(config.pools.at(0).members.at(1).endpoint, (Endpoint{"192.0.2.7", 81}));
}

TEST(Resolve, CostsOnlyTheMemberWhoseNameHasNoAddress) {
  Config config = parse(kBase);
  const auto warnings = resolve_members(
      config, [](const std::string&) -> Result<std::vector<AddressText>> { return failure("no such name"); }, "f.toml");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].severity(), Severity::Warning);
  EXPECT_EQ(warnings[0].span.begin.line, 8U);
  EXPECT_EQ(config.pools.at(0).members.at(0).endpoint.address, "");
  EXPECT_EQ(config.pools.at(0).members.at(1).endpoint.address, "10.0.0.22");
}

TEST(Diff, OfTheSameIsEmpty) {
  const Difference difference = diff(parse(kBase), parse("# moved down by a line\n" + std::string(kBase)));
  EXPECT_TRUE(difference.empty());
  EXPECT_EQ(difference.listeners_kept.size(), 2U);
  EXPECT_THAT(in_words(difference), IsEmpty());
}

TEST(Diff, FromNothingAddsEverything) {
  EXPECT_THAT(in_words(diff(Config{}, parse(kBase))),
              testing::IsSupersetOf(
                  {"listener edge-1:80 added", "listener edge-2:80 added", "site shop added", "pool api added"}));
}

TEST(Diff, NamesListeners) {
  const Difference difference = diff(parse(kBase), parse(replaced("\"edge-2:80\"", "\"edge-2:81\"")));
  EXPECT_THAT(in_words(difference),
              ElementsAre("listener edge-2:81 added", "listener edge-2:80 removed", "site shop changed"));
  ASSERT_EQ(difference.listeners_kept.size(), 1U);
  EXPECT_EQ(difference.listeners_kept[0].name, "edge-1:80");
}

TEST(Diff, KeepsAListenerThatIsOnlyWrittenInAnotherWay) {
  const Difference difference = diff(parse(kBase), parse(replaced("\"edge-1:80\"", "\"10.0.0.11:80\"")));
  EXPECT_TRUE(difference.empty());
}

TEST(Diff, NamesMembersAndSettings) {
  EXPECT_THAT(in_words(diff(parse(kBase), parse(replaced("\"10.0.0.22:80\"", "\"10.0.0.23:80\"")))),
              ElementsAre("pool api: member 10.0.0.23:80 added", "pool api: member 10.0.0.22:80 removed"));
  EXPECT_THAT(
      in_words(diff(parse(kBase), parse(replaced("\"10.0.0.22:80\"", "{ at = \"10.0.0.22:80\", weight = 2 }")))),
      ElementsAre("pool api: member 10.0.0.22:80 changed"));
  EXPECT_THAT(in_words(diff(parse(kBase), parse(std::string(kBase) + "check = { fall = 9 }\n"))),
              ElementsAre("pool api: settings changed"));
  EXPECT_THAT(in_words(diff(parse(kBase), parse(replaced("\"/\"", "\"/api\"")))), ElementsAre("site shop changed"));
}

TEST(Diff, NamesTracks) {
  const std::string track = "[track.out]\nfile = \"/run/out\"\n";
  const std::string base(kBase);
  EXPECT_THAT(in_words(diff(parse(base), parse(base + track))), ElementsAre("track out added"));
  EXPECT_THAT(in_words(diff(parse(base + track), parse(base))), ElementsAre("track out removed"));
  EXPECT_THAT(in_words(diff(parse(base + track), parse(base + track + "fall = 9\n"))),
              ElementsAre("track out changed"));
  EXPECT_TRUE(diff(parse(base + track), parse(base + "\n" + track)).empty());
}

TEST(Diff, SaysWhatARunningWorkerCannotTakeOver) {
  const Difference loops = diff(parse(kBase), parse(std::string(kBase) + "[worker]\nloops = 3\n"));
  EXPECT_TRUE(loops.needs_new_worker);
  EXPECT_FALSE(loops.settings_changed);
  const Difference timers = diff(parse(kBase), parse(std::string(kBase) + "[timeouts]\nidle = \"1m\"\n"));
  EXPECT_TRUE(timers.settings_changed);
  EXPECT_FALSE(timers.needs_new_worker);
}

// Every setting that the file can hold must count, or a reload would silently leave it as it was.
TEST(Diff, MissesNoSettingOfAPool) {
  const Config before = parse(kBase);
  for (const char* line :
       {"balance = \"random\"", "slow-start = \"1s\"", "queue = { max = 1 }", "queue = { timeout = \"1s\" }",
        "idle = { max = 1 }", "idle = { timeout = \"1s\" }", "timeouts = { connect = \"2s\" }",
        "timeouts = { first-byte = \"2s\" }", "timeouts = { try = \"2s\" }", "retry-budget = \"1%\"",
        "eject = { after = 1 }", "eject = { for = \"1s\" }", "check = false", "check = { http = \"/\" }",
        "check = { http = \"/\", status = 200 }", "check = { every = \"3s\" }", "check = { every-fast = \"100ms\" }",
        "check = { timeout = \"3s\" }", "check = { rise = 9 }"}) {
    EXPECT_THAT(in_words(diff(before, parse(std::string(kBase) + line + "\n"))),
                ElementsAre("pool api: settings changed"))
        << line;
  }
}

TEST(Predict, AddsTheIntervalsUpWithTheirJitter) {
  Check check;
  check.every = 1s;
  check.every_fast = 200ms;
  check.timeout = 500ms;
  check.rise = 2;
  check.fall = 3;
  EXPECT_EQ(time_to_notice_refusal(check), 1100ms + 2 * 220ms);
  EXPECT_EQ(time_to_notice_silence(check), 1100ms + 500ms + 2 * 500ms);
  EXPECT_EQ(time_to_return(check), 1100ms + 220ms);
  check.kind = CheckKind::None;
  EXPECT_EQ(time_to_notice_refusal(check), Duration{});
}

TEST(Explain, ListsSinglePointsOfFailure) {
  EXPECT_THAT(single_points_of_failure(parse(kBase)), IsEmpty());
  EXPECT_THAT(single_points_of_failure(parse(replaced(", \"edge-2:80\"", ""))),
              ElementsAre("Node edge-1 is the only way to reach shop on port 80."));
  EXPECT_THAT(single_points_of_failure(parse(replaced(", \"10.0.0.22:80\"", ""))),
              ElementsAre("app-1.example.com:80 is the only member of pool api, which shop needs."));
  EXPECT_THAT(single_points_of_failure(parse(replaced("app-1.example.com:80", "10.0.0.22:81"))),
              ElementsAre("Both members of pool api, which shop needs, are on 10.0.0.22."));
}

TEST(Explain, MarksTheNodeFromWhichItLooks) {
  const std::string plan = explain(parse(kBase), "edge-2");
  EXPECT_THAT(plan, HasSubstr("edge-2 10.0.0.12 (this one)"));
  EXPECT_THAT(plan, HasSubstr("not bound on edge-2"));
}

std::string load(const std::string& name) {
  std::ifstream file(std::string(STEAD_SOURCE_DIR) + "/docs/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Reference, IsFresh) {
  EXPECT_EQ(load("reference.md"), markdown_reference()) << "run: stead reference > docs/reference.md";
}

TEST(Reference, DescribesEveryKeyAndEveryCode) {
  const std::string text = markdown_reference();
  for (const Key& key : all_keys()) EXPECT_THAT(text, HasSubstr(std::string(key.description)));
  for (const CodeInfo& code : all_codes()) EXPECT_THAT(text, HasSubstr("| " + std::string(code.id) + " |"));
}

TEST(Schema, IsFresh) {
  EXPECT_EQ(load("stead.schema.json"), json_schema()) << "run: stead schema > docs/stead.schema.json";
}

TEST(Schema, IsJsonThatHoldsEveryKey) {
  const std::string text = json_schema();
  boost::json::error_code error;
  const boost::json::value schema = boost::json::parse(text, error);
  ASSERT_FALSE(error) << error.message();
  for (const Key& key : all_keys()) {
    if (key.name == "*") continue;
    EXPECT_THAT(text, HasSubstr("\"" + std::string(key.name) + "\": {"));
  }
  const auto at = [&](const char* pointer) { return schema.at_pointer(pointer).as_string(); };
  EXPECT_EQ(at("/properties/pool/additionalProperties/properties/slow-start/default"), "5s");
  EXPECT_EQ(schema.at_pointer("/properties/pool/additionalProperties/additionalProperties").as_bool(), false);
}

}  // namespace
}  // namespace stead::config
