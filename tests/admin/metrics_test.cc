#include "admin/metrics.h"

#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/admin/sample_status.h"

namespace stead::admin {
namespace {

// Reads the text format back, strictly, as its specification has it; fails the test on anything else.
struct Parsed {
  std::map<std::string, std::string> types;             // family -> type
  std::vector<std::pair<std::string, double>> samples;  // "name{labels}" -> value
  std::map<std::string, double> by_series;

  explicit Parsed(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::string family;
    while (std::getline(lines, line)) {
      if (line.starts_with("# HELP ")) {
        family = line.substr(7, line.find(' ', 7) - 7);
        EXPECT_GT(line.size(), 8 + family.size()) << "no help: " << line;
      } else if (line.starts_with("# TYPE ")) {
        const std::string type = line.substr(8 + family.size());
        EXPECT_EQ(line.substr(7, family.size()), family) << line;
        EXPECT_TRUE(type == "counter" || type == "gauge" || type == "histogram") << line;
        EXPECT_TRUE(types.emplace(family, type).second) << family << " is there twice: its lines are not together";
        if (type == "counter") {
          EXPECT_TRUE(family.ends_with("_total")) << family;
        }
      } else {
        add_sample(line, family);
      }
    }
    EXPECT_TRUE(text.ends_with('\n'));
  }

  void add_sample(const std::string& line, const std::string& family) {
    const std::size_t space = line.rfind(' ');
    ASSERT_NE(space, std::string::npos) << line;
    const std::string series = line.substr(0, space);
    const std::string name = series.substr(0, series.find('{'));
    const bool of_histogram = types[family] == "histogram" &&
                              (name == family + "_bucket" || name == family + "_sum" || name == family + "_count");
    EXPECT_TRUE(name == family || of_histogram) << line << " stands under " << family;
    std::size_t used = 0;
    const double value = std::stod(line.substr(space + 1), &used);
    EXPECT_EQ(used, line.size() - space - 1) << line;
    EXPECT_TRUE(by_series.emplace(series, value).second) << series << " is there twice";
    samples.emplace_back(series, value);
  }
};

TEST(Metrics, AreWellFormedAndNamedAfterStead) {
  const Parsed parsed(render_metrics(sample_status()));
  EXPECT_GT(parsed.types.size(), 40U);
  for (const auto& [name, type] : parsed.types) EXPECT_TRUE(name.starts_with("stead_")) << name;
}

TEST(Metrics, HoldEveryCounterOfALoopAndAMember) {
  Status status = sample_status();
  for (std::size_t i = 0; i < kLoopCounters; ++i) status.loops[0].counters[i] = 1000 + i;
  for (std::size_t i = 0; i < kMemberCounters; ++i) status.pools[0].members[0].counters[i] = 2000 + i;
  const Parsed parsed(render_metrics(status));
  for (std::size_t i = 0; i < kLoopCounters; ++i) {
    const auto& info = loop_counters()[i];
    const std::string label = info.label.empty() ? "" : "," + std::string(info.label);
    EXPECT_EQ(parsed.by_series.at(std::string(info.metric) + "{loop=\"0\"" + label + "}"),
              1000.0 + static_cast<double>(i));
  }
  for (std::size_t i = 0; i < kMemberCounters; ++i) {
    const auto& info = member_counters()[i];
    const std::string label = info.label.empty() ? "" : "," + std::string(info.label);
    EXPECT_EQ(parsed.by_series.at(std::string(info.metric) + "{pool=\"api\",member=\"app-1:8000\"" + label + "}"),
              2000.0 + static_cast<double>(i));
  }
}

TEST(Metrics, TheHistogramIsCumulativeAndEndsWithAll) {
  const Parsed parsed(render_metrics(sample_status()));
  double before = 0;
  int buckets = 0;
  for (const auto& [series, value] : parsed.samples) {
    if (!series.starts_with("stead_request_duration_seconds_bucket{loop=\"0\"")) continue;
    EXPECT_GE(value, before) << series;
    before = value;
    ++buckets;
  }
  EXPECT_EQ(buckets, static_cast<int>(service::http::LatencyCounters::kBuckets));
  EXPECT_EQ(parsed.by_series.at("stead_request_duration_seconds_bucket{loop=\"0\",le=\"0.001024\"}"), 6000);
  EXPECT_EQ(parsed.by_series.at("stead_request_duration_seconds_bucket{loop=\"0\",le=\"0.004096\"}"), 6170);
  EXPECT_EQ(parsed.by_series.at("stead_request_duration_seconds_bucket{loop=\"0\",le=\"+Inf\"}"), 6173);
  EXPECT_EQ(parsed.by_series.at("stead_request_duration_seconds_count{loop=\"0\"}"), 6173);
  EXPECT_EQ(parsed.by_series.at("stead_request_duration_seconds_sum{loop=\"0\"}"), 5);
}

TEST(Metrics, SayTheStateOfEachMember) {
  Status status = sample_status();
  status.pools[0].fail_open = true;
  const Parsed parsed(render_metrics(status));
  EXPECT_EQ(parsed.by_series.at("stead_member_usable{pool=\"api\",member=\"app-1:8000\"}"), 1);
  EXPECT_EQ(parsed.by_series.at("stead_member_usable{pool=\"api\",member=\"app-2:8000\"}"), 0);
  EXPECT_EQ(parsed.by_series.at("stead_member_state{pool=\"api\",member=\"app-2:8000\",state=\"down\"}"), 1);
  EXPECT_EQ(parsed.by_series.at("stead_member_state{pool=\"api\",member=\"app-2:8000\",state=\"up\"}"), 0);
  EXPECT_EQ(parsed.by_series.at("stead_member_check_passed{pool=\"api\",member=\"app-2:8000\"}"), 0);
  EXPECT_FALSE(parsed.by_series.contains("stead_member_check_passed{pool=\"api\",member=\"app-3:8000\"}"));
  EXPECT_EQ(parsed.by_series.at("stead_member_weight{pool=\"api\",member=\"app-3:8000\"}"), 5);
  EXPECT_EQ(parsed.by_series.at("stead_pool_fail_open{pool=\"api\"}"), 1);
}

TEST(Metrics, EscapeWhatStandsInLabels) {
  Status status = sample_status();
  status.name = "a\"b\\c\nd";
  EXPECT_NE(render_metrics(status).find(R"(name="a\"b\\c\nd")"), std::string::npos);
}

TEST(Metrics, TheTableOfCountersIsWhole) {
  std::set<std::string_view> names;
  for (const auto& info : loop_counters()) {
    EXPECT_NE(info.counter, nullptr);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
  // A counter that is added to LoopStats without a line in the table: each is 8 bytes, and the latencies are known.
  EXPECT_EQ(sizeof(service::http::LoopStats) - sizeof(service::http::LatencyCounters),
            kLoopCounters * sizeof(service::http::Counter));
  EXPECT_EQ(sizeof(service::http::MemberStats), kMemberCounters * sizeof(service::http::Counter));
}

}  // namespace
}  // namespace stead::admin
