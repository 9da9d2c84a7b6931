#include "admin/api.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "admin/client.h"
#include "admin/metrics.h"
#include "tests/admin/sample_status.h"

namespace stead::admin {
namespace {

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    PoolStatus web = status_.pools[0];
    web.name = "web";
    web.members.resize(1);
    status_.pools.push_back(web);
  }

  Response ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    return answer({method, target, body}, controls_);
  }
  static std::string error_of(const Response& response) {
    return std::string(boost::json::parse(response.body).at("error").get_string());
  }

  Status status_ = sample_status();
  std::vector<std::string> calls_;
  Controls controls_{
      .status = [this] { return status_; },
      .drain = [this](const std::string& pool,
                      const std::string& member) { calls_.push_back("drain " + pool + "/" + member); },
      .ready = [this](const std::string& pool,
                      const std::string& member) { calls_.push_back("ready " + pool + "/" + member); },
      .set_weight =
          [this](const std::string& pool, const std::string& member, std::optional<std::uint32_t> weight) {
            calls_.push_back("weight " + pool + "/" + member + " " +
                             (weight ? std::to_string(*weight) : "of the file"));
          }};
};

TEST_F(ApiTest, AnswersTheStatusAsJson) {
  const Response response = ask("GET", "/v1/status?pretty");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(boost::json::parse(response.body).at("name"), "shop");
}

TEST_F(ApiTest, AnswersMetricsAndLoops) {
  EXPECT_EQ(ask("GET", "/metrics").content_type, kMetricsContentType);
  EXPECT_NE(ask("GET", "/debug/loops").body.find("loop 1: last beat 12 ms ago, 6 clients, 0 stalls"),
            std::string::npos);
}

TEST_F(ApiTest, ANameWithoutAPoolMeansTheMemberInEveryPool) {
  const Response response = ask("POST", "/v1/members/drain", R"({"member": "app-1:8000"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(calls_, (std::vector<std::string>{"drain api/app-1:8000", "drain web/app-1:8000"}));
  EXPECT_EQ(
      response.body,
      "{\"changed\":[\"api/app-1:8000\",\"web/app-1:8000\"],\"warnings\":[\"pool web has no member left that takes "
      "requests: they wait a while, then get 503\"]}\n")
      << "api has another member, web has none";
}

TEST_F(ApiTest, ANameWithAPoolMeansThatOneOnly) {
  EXPECT_EQ(ask("POST", "/v1/members/ready", R"({"member": "web/app-1:8000"})").status, 200);
  EXPECT_EQ(ask("POST", "/v1/members/weight", R"({"member": "api/app-2:8000", "weight": 0})").status, 200);
  EXPECT_EQ(calls_, (std::vector<std::string>{"ready web/app-1:8000", "weight api/app-2:8000 0"}));
}

TEST_F(ApiTest, AnUnknownMemberIsAnsweredWithNearNames) {
  const Response response = ask("POST", "/v1/members/drain", R"({"member": "api/app1:8000"})");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(error_of(response), "No pool has a member `api/app1:8000`.");
  EXPECT_EQ(boost::json::parse(response.body).at("did_you_mean").at(0), "api/app-1:8000");
  EXPECT_TRUE(calls_.empty());
  EXPECT_NE(explain({response.status, response.body}).find("Did you mean:\n  api/app-1:8000"), std::string::npos);
}

TEST_F(ApiTest, AHostAloneLeadsToItsMember) {
  const Response response = ask("POST", "/v1/members/drain", R"({"member": "app-2"})");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(boost::json::parse(response.body).at("did_you_mean").at(0), "api/app-2:8000");
}

TEST_F(ApiTest, BadBodiesAreRefusedInASentence) {
  for (const std::string_view body : {"", "{", "[]", "null", "7", "{}", R"({"member": 7})", R"({"member": null})",
                                      R"({"member": "app-1:8000"} trailing)", "\xff\xfe"}) {
    const Response response = ask("POST", "/v1/members/drain", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_TRUE(error_of(response).ends_with(".")) << body;
  }
  for (const std::string_view weight : {"-1", "1001", "1.5", "\"7\"", "1e99", "18446744073709551616"}) {
    const std::string body = R"({"member": "app-1:8000", "weight": )" + std::string(weight) + "}";
    EXPECT_EQ(ask("POST", "/v1/members/weight", body).status, 400) << weight;
  }
  EXPECT_EQ(ask("POST", "/v1/members/weight", R"({"member": "app-1:8000"})").status, 400);
  const std::string deep(100'000, '[');
  EXPECT_EQ(ask("POST", "/v1/members/drain", deep).status, 400);
  EXPECT_TRUE(calls_.empty());
}

TEST_F(ApiTest, AVeryLongNameIsUnknownAndCostsLittle) {
  const std::string name(60'000, 'x');
  EXPECT_EQ(ask("POST", "/v1/members/drain", R"({"member": ")" + name + "\"}").status, 404);
}

TEST_F(ApiTest, WrongPathsAndMethodsSayWhatThereIs) {
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_NE(error_of(ask("GET", "/v1/statu")).find("/v1/status"), std::string::npos);
  EXPECT_EQ(ask("POST", "/v1/status").status, 405);
  EXPECT_EQ(ask("GET", "/v1/members/drain").allow, "POST");
  EXPECT_EQ(ask("DELETE", "/metrics").allow, "GET");
}

TEST_F(ApiTest, OverTcpThereAreMetricsOnly) {
  EXPECT_EQ(answer_metrics_only({"GET", "/metrics", ""}, controls_).status, 200);
  EXPECT_EQ(answer_metrics_only({"GET", "/v1/status", ""}, controls_).status, 404);
  EXPECT_EQ(answer_metrics_only({"POST", "/v1/members/drain", R"({"member": "app-1:8000"})"}, controls_).status, 404);
  EXPECT_EQ(answer_metrics_only({"POST", "/metrics", ""}, controls_).status, 405);
  EXPECT_TRUE(calls_.empty());
}

}  // namespace
}  // namespace stead::admin
