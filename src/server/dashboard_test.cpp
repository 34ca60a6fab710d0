#include "server/dashboard.h"

#include <gtest/gtest.h>

#include "server/all_routes.h"
#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

class DashboardRoutes : public hearth::testing::ApiHouse {
 protected:
  DashboardRoutes() {
    RecentProblem problem;
    problem.route = "/v1/embeddings";
    problem.status = 404;
    problem.message = "there is no model 'x'";
    problem.request_id = "req_1";
    add_all_routes(router_, *context_, conversations_,
                   {[] { return true; }, [problem] { return std::vector{problem}; }});
  }

  Conversations conversations_{*context_, (folder_.path() / "hearth.db").string()};
};

TEST_F(DashboardRoutes, CountsWhatModelsAnswered) {
  script_.pieces = {"Po", "lly"};
  const auto chat =
      send("POST", "/v1/chat/completions", R"({"model": "parrot", "messages": [{"role": "user", "content": "hi"}]})");
  ASSERT_EQ(chat->status(), 200);
  const auto exchange = send("GET", "/hearth/dashboard", "");
  ASSERT_EQ(exchange->status(), 200);
  const json::value body = body_of(*exchange);
  EXPECT_EQ(body.at("totals").at("generated_tokens").to_number<int>(), 5) << "a token is a byte";
  EXPECT_GT(body.at("totals").at("prompt_tokens").to_number<int>(), 0);
  ASSERT_EQ(body.at("models").as_array().size(), 1U);
  EXPECT_EQ(body.at("models").at(0).at("model"), "parrot");
  const json::value& latency = body.at("latency").at("request");
  EXPECT_EQ(latency.at("count").to_number<int>(), 1);
  int in_buckets = 0;
  for (const json::value& bucket : latency.at("buckets").as_array()) in_buckets += bucket.at("count").to_number<int>();
  EXPECT_EQ(in_buckets, 1) << "a bucket counts what lies in it alone";
  EXPECT_TRUE(latency.at("buckets").as_array().back().at("le").is_null());
  EXPECT_EQ(body.at("last_errors").at(0).at("message"), "there is no model 'x'");
  EXPECT_TRUE(body.at("last_errors").at(0).at("code").is_null());
}

TEST_F(DashboardRoutes, TellsWhatTheCatalogHas) {
  const auto exchange = send("GET", "/hearth/catalog", "");
  ASSERT_EQ(exchange->status(), 200);
  const json::value body = body_of(*exchange);
  EXPECT_GT(body.at("memory_available").to_number<std::uint64_t>(), 0U);
  const json::array& models = body.at("models").as_array();
  ASSERT_FALSE(models.empty());
  for (const json::value& model : models) {
    EXPECT_FALSE(model.at("name").as_string().empty());
    EXPECT_TRUE(model.at("installed").is_bool());
    const json::value& memory = model.at("memory_bytes");
    if (memory.is_null()) continue;
    const bool fits = memory.to_number<std::uint64_t>() <= body.at("memory_available").to_number<std::uint64_t>();
    EXPECT_EQ(model.at("fits").as_bool(), fits) << model.at("name");
  }
}

TEST(Dashboard, SumsUpStatuses) {
  Metrics metrics;
  metrics.count_request("GET", "/health", 200, 0.001);
  metrics.count_request("POST", "/v1/embeddings", 404, 0.001);
  metrics.count_request("POST", "/v1/embeddings", 500, 0.001);
  EXPECT_EQ(metrics.totals().requests, 3U);
  EXPECT_EQ(metrics.totals().failed, 2U);
}

}  // namespace
}  // namespace hearth
