// The small readers of text: quantities, addresses, near words, and where things stand in a file.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "config/address.h"
#include "config/document.h"
#include "config/nearest.h"
#include "config/quantity.h"
#include "config/source_line.h"
#include "config/suggest.h"
#include "config/wrap.h"

namespace stead::config {
namespace {

TEST(Quantity, ReadsDurationsWithUnits) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.001s"), 1ms);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0ms"), Duration{});
}

TEST(Quantity, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "s", "-1s", "1 s", "1s ", "0.5ms", "1.2345s", "1..2s", ".5s", "1.s", "1d", "1S",
                           "99999999999999999999s", "999999999999h", "1m30s", "١s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Quantity, WritesDurationsThatItReads) {
  for (const Duration duration : {Duration{0ms}, Duration{1ms}, Duration{1500ms}, Duration{2s}, Duration{90s},
                                  Duration{1h}, Duration{36h}, Duration{75s}}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration) << format_duration(duration);
  }
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(say_duration(1500ms), "1.5 s");
  EXPECT_EQ(say_duration(90s), "90 s");
  EXPECT_EQ(say_duration(120s), "2 min");
  EXPECT_EQ(say_duration(250ms), "250 ms");
}

TEST(Quantity, ReadsPercentages) {
  EXPECT_EQ(parse_percent("20%"), 20U);
  EXPECT_EQ(parse_percent("0%"), 0U);
  for (const char* text : {"", "%", "20", "-1%", "1.5%", "20 %", "99999999999%"}) {
    EXPECT_EQ(parse_percent(text), std::nullopt) << text;
  }
}

TEST(Address, IsWrittenInOneWay) {
  EXPECT_EQ(parse_address("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(parse_address("2001:DB8:0::1"), "2001:db8::1");
  for (const std::string_view text :
       {std::string_view(""), std::string_view("10.0.0"), std::string_view("10.0.0.256"), std::string_view("[::1]"),
        std::string_view("fe80::1%eth0"), std::string_view("10.0.0.1/24"), std::string_view("10.0.0.1\0", 9)}) {
    EXPECT_EQ(parse_address(text), std::nullopt) << text;
  }
}

TEST(Address, LiesInASubnetByItsFirstBits) {
  EXPECT_TRUE(same_subnet("10.0.0.11", "10.0.0.200", 24));
  EXPECT_FALSE(same_subnet("10.0.0.11", "10.0.1.11", 24));
  EXPECT_TRUE(same_subnet("10.0.0.11", "10.0.1.11", 23));
  EXPECT_TRUE(same_subnet("10.0.0.11", "192.0.2.1", 0));
  EXPECT_FALSE(same_subnet("10.0.0.11", "10.0.0.10", 32));
  EXPECT_TRUE(same_subnet("2001:db8::1", "2001:db8::ffff", 64));
  EXPECT_FALSE(same_subnet("2001:db8::1", "2001:db9::1", 64));
  EXPECT_FALSE(same_subnet("10.0.0.1", "::1", 0));
  EXPECT_EQ(subnet_text("10.0.0.77", 26), "10.0.0.64/26");
}

TEST(Address, KnowsLoopback) {
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.9.9.9"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("128.0.0.1"));
}

TEST(HostPort, IsSplitAtItsPort) {
  EXPECT_EQ(split_host_port("app-1:8000").host, "app-1");
  EXPECT_EQ(split_host_port("app-1:8000").port, 8000);
  EXPECT_EQ(split_host_port("[2001:db8::1]:80").host, "2001:db8::1");
  EXPECT_FALSE(split_host_port("[2001:db8::1]:80").error.has_value());
  EXPECT_EQ(split_host_port("app-1").error, HostPortError::NoPort);
  EXPECT_EQ(split_host_port("app-1:").error, HostPortError::NoPort);
  EXPECT_EQ(split_host_port("[::1]").error, HostPortError::NoPort);
  EXPECT_EQ(split_host_port("[::1").error, HostPortError::NoHost);
  EXPECT_EQ(split_host_port(":80").error, HostPortError::NoHost);
  EXPECT_EQ(split_host_port("[]:80").error, HostPortError::NoHost);
  EXPECT_EQ(split_host_port("::1").error, HostPortError::BareVersion6);
  for (const char* text : {"a:0", "a:65536", "a:-1", "a:8O", "a: 80", "a:80 "}) {
    EXPECT_EQ(split_host_port(text).error, HostPortError::BadPort) << text;
  }
}

TEST(HostPort, IsJoinedAgain) {
  EXPECT_EQ(join_host_port("10.0.0.1", 80), "10.0.0.1:80");
  EXPECT_EQ(join_host_port("::1", 80), "[::1]:80");
  EXPECT_EQ(suggest_brackets("2001:db8::1", 8000), "[2001:db8::1]:8000");
  EXPECT_EQ(suggest_brackets("::1:80", 8000), "[::1]:80");
  EXPECT_EQ(suggest_brackets("not:one", 80), "[2001:db8::1]:80");
}

TEST(HostName, HasLabels) {
  for (const char* text : {"a", "app-1", "shop.example.com", "shop.example.com.", "a_b", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(is_host_name(text)) << text;
  }
  for (const char* text : {"", ".", "-a", "a-", "a..b", "a b", "a/b", "ü"}) EXPECT_FALSE(is_host_name(text)) << text;
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
  EXPECT_FALSE(is_host_name(std::string(254, 'a')));
}

TEST(Nearest, CountsSingleMistakes) {
  EXPECT_EQ(edit_distance("members", "members"), 0U);
  EXPECT_EQ(edit_distance("slow_start", "Slow-Start"), 0U);
  EXPECT_EQ(edit_distance("memebrs", "members"), 1U);
  EXPECT_EQ(edit_distance("member", "members"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 3> kWords = {"members", "balance", "check"};
  EXPECT_EQ(nearest("memebrs", kWords), "members");
  EXPECT_EQ(nearest("chek", kWords), "check");
  EXPECT_EQ(nearest("colour", kWords), "");
  EXPECT_EQ(nearest("x", kWords), "");
  EXPECT_EQ(same_beginning("balanced-by", kWords), "balance");
  EXPECT_EQ(list_words(kWords), "`members`, `balance` and `check`");
  EXPECT_EQ(list_words(kWords, "or", 2), "`members`, `balance`, …");
}

TEST(Suggest, PrefersTheSameSectionButKnowsTheOthers) {
  const Suggestion servers = suggest_key("servers", "pool.*", false);
  ASSERT_EQ(servers.keys.size(), 1U);
  EXPECT_EQ(servers.keys[0]->name, "members");
  EXPECT_TRUE(servers.here);
  const Suggestion every = suggest_key("every", "pool.*", false);
  ASSERT_EQ(every.keys.size(), 1U);
  EXPECT_EQ(every.keys[0]->section, "pool.*.check");
  EXPECT_TRUE(every.exact);
  EXPECT_EQ(suggest_key("timeout", "pool.*", true).keys.at(0)->name, "timeouts");
  EXPECT_EQ(suggest_key("timeout", "pool.*", false).keys.size(), 3U);
  EXPECT_TRUE(suggest_key("colour", "", false).keys.empty());
  EXPECT_EQ(suggest_section("backends"), "pool");
  EXPECT_EQ(suggest_section("wroker"), "worker");
  EXPECT_EQ(suggest_section("cache"), "");
}

TEST(SourceLine, IsFoundByNumber) {
  EXPECT_EQ(source_line("one\ntwo\r\nthree", 1), "one");
  EXPECT_EQ(source_line("one\ntwo\r\nthree", 2), "two");
  EXPECT_EQ(source_line("one\ntwo\r\nthree", 3), "three");
  EXPECT_EQ(source_line("one\n", 2), "");
  EXPECT_EQ(source_line("one\n", 9), "");
}

TEST(Wrap, BreaksAtBlanksAndLeavesNoneAtTheEnds) {
  EXPECT_EQ(wrap("a b", 0, 2), "a b\n");
  EXPECT_EQ(wrap(std::string(98, 'x') + " yy z ", 0, 2), std::string(98, 'x') + "\n  yy z\n");
  EXPECT_EQ(wrap("", 0, 2), "\n");
}

TEST(Document, KeepsTheOrderAndThePlaces) {
  Report report("f");
  const Document document = parse_document("b = 1\na = { z = true, y = [\"t\"] }\n", report);
  ASSERT_EQ(document.root.entries.size(), 2U);
  EXPECT_EQ(document.root.entries[0].key, "b");
  const Value* text = document.root.find_path({"a", "y"});
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->items.at(0).span.begin.line, 2U);
  EXPECT_EQ(text->items.at(0).span.begin.column, 22U);
  EXPECT_EQ(document.root.find_path({"a", "y", "t"}), nullptr);
  EXPECT_TRUE(document.complete);
}

TEST(Document, KnowsThePartsOfATextOnlyWhereItIsWrittenAsItIs) {
  Report report("f");
  const Document document = parse_document("a = \"one:two\"\nb = \"\\u006fne:two\"\n", report);
  EXPECT_EQ(document.root.find_path({"a"})->part(4, 3).begin.column, 10U);
  EXPECT_EQ(document.root.find_path({"a"})->part(4, 3).end.column, 13U);
  EXPECT_EQ(document.root.find_path({"b"})->part(4, 3).begin.column, 5U);
}

TEST(Document, BoundsHowManyMistakesItLooksFor) {
  Report report("f");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "key = = value\n";
  EXPECT_FALSE(parse_document(text, report).complete);
  EXPECT_EQ(report.take().size(), 16U);
}

}  // namespace
}  // namespace stead::config
