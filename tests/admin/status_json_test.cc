#include "admin/status_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "admin/status_table.h"
#include "tests/admin/sample_status.h"

namespace stead::admin {
namespace {

TEST(StatusJson, WhatIsWrittenIsRead) {
  const Status status = sample_status();
  const boost::json::value value = boost::json::parse(boost::json::serialize(to_json(status)));
  const Result<Status> read = status_from_json(value);
  ASSERT_TRUE(read);
  // Everything there is, compared by way of writing it once more.
  EXPECT_EQ(boost::json::serialize(to_json(*read)), boost::json::serialize(to_json(status)));
  EXPECT_EQ(render_table(*read, {}), render_table(status, {}));
  EXPECT_EQ(read->pools[0].members[1].counters, status.pools[0].members[1].counters);
  EXPECT_EQ(read->loops[1].latency.buckets, status.loops[1].latency.buckets);
}

TEST(StatusJson, CountsErrorsForTools) {
  const boost::json::value value = to_json(sample_status());
  EXPECT_EQ(value.at("pools").at(0).at("members").at(1).at("errors").to_number<int>(), 14);
  EXPECT_EQ(value.at("worker_pid").to_number<int>(), 4242);
}

TEST(StatusJson, TakesWhatItKnowsOfAnotherVersionsAnswer) {
  const auto read = status_from_json(boost::json::parse(
      R"({"name": 7, "new": {}, "pools": [{"name": "api", "members": [{"name": "a:1", "weight": -3, "counters": 1}, 5]}]})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "");
  ASSERT_EQ(read->pools.size(), 1U);
  ASSERT_EQ(read->pools[0].members.size(), 2U);
  EXPECT_EQ(read->pools[0].members[0].name, "a:1");
  EXPECT_EQ(read->pools[0].members[0].weight, 1U);
  EXPECT_FALSE(status_from_json(boost::json::parse("[]")));
}

}  // namespace
}  // namespace stead::admin
