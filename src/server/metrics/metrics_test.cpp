#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace hearth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, CountsRequestsByRouteAndStatus) {
  Metrics metrics;
  metrics.count_request("POST", "/v1/chat/completions", 200, 0.2);
  metrics.count_request("POST", "/v1/chat/completions", 200, 0.3);
  metrics.count_request("BREW", "", 404, 0.001);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE hearth_http_requests_total counter\n"));
  EXPECT_THAT(text,
              HasSubstr(R"(hearth_http_requests_total{method="POST",route="/v1/chat/completions",status="200"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_http_requests_total{method="other",route="other",status="404"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_http_request_seconds_sum{route="/v1/chat/completions"} 0.5)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_http_request_seconds_bucket{route="/v1/chat/completions",le="0.1"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_http_request_seconds_bucket{route="/v1/chat/completions",le="0.5"} 2)"));
}

TEST(Metrics, SumsUpGenerations) {
  Metrics metrics;
  GenerationRecord record;
  record.model = "tiny";
  record.outcome = "stop";
  record.prompt_tokens = 100;
  record.reused_tokens = 60;
  record.generated_tokens = 20;
  record.queue_seconds = 0.02;
  record.first_token_seconds = 0.4;
  record.total_seconds = 2;
  metrics.observe(record);
  metrics.observe(record);
  record.outcome = "cancelled";
  record.first_token_seconds = 0;
  metrics.observe(record);
  metrics.observe_inter_token("tiny", 0.04);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr(R"(hearth_prompt_tokens_total{model="tiny"} 300)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_prefix_cache_hit_tokens_total{model="tiny"} 180)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_generated_tokens_total{model="tiny"} 60)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_generations_total{model="tiny",outcome="stop"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_time_to_first_token_seconds_count{model="tiny"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_generation_seconds_count{model="tiny"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_inter_token_seconds_bucket{model="tiny",le="0.05"} 1)"));
}

TEST(Metrics, AsksForTheStateOfModelsWhenItIsRead) {
  Metrics metrics;
  int asked = 0;
  metrics.set_model_provider([&] {
    ++asked;
    ModelGauges gauges;
    gauges.model = "a\"b\\";
    gauges.running = 3;
    gauges.kv_bytes = 1 << 20;
    gauges.preemptions = 2;
    gauges.drafted_tokens = 9;
    gauges.accepted_tokens = 7;
    return std::vector<ModelGauges>{gauges};
  });
  metrics.add_gauge("hearth_connections", "Open connections", [] { return 7.0; });
  EXPECT_EQ(asked, 0);
  const std::string text = metrics.text();
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(text, HasSubstr("hearth_models_loaded 1\n"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_requests_running{model="a\"b\\"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_kv_cache_bytes{model="a\"b\\"} 1048576)"));
  EXPECT_THAT(text, HasSubstr("# TYPE hearth_preemptions_total counter\n"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_preemptions_total{model="a\"b\\"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_drafted_tokens_total{model="a\"b\\"} 9)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_accepted_tokens_total{model="a\"b\\"} 7)"));
  EXPECT_THAT(text, HasSubstr("hearth_connections 7\n"));
}

TEST(Metrics, CountsTextsToEmbedLikePrompts) {
  Metrics metrics;
  GenerationRecord generation;
  generation.model = "a";
  generation.prompt_tokens = 5;
  metrics.observe(generation);
  metrics.count_embedded_tokens("a", 7);
  metrics.count_embedded_tokens("b", 2);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("hearth_prompt_tokens_total{model=\"a\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("hearth_prompt_tokens_total{model=\"b\"} 2\n"));
  EXPECT_EQ(metrics.totals().prompt_tokens, 14U);
  EXPECT_EQ(metrics.totals().request.count, 1U) << "they are no answers";
}

TEST(Metrics, ShowsLoads) {
  Metrics metrics;
  metrics.observe_load("a", 1.5, true);
  metrics.observe_load("b", 0.1, false);
  metrics.count_unload("a", "idle");
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr(R"(hearth_model_load_seconds_sum{model="a"} 1.5)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(hearth_model_load_seconds_sum{model="b"})")));
  EXPECT_THAT(text, HasSubstr(R"(hearth_model_loads_total{model="b",outcome="failed"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(hearth_model_unloads_total{model="a",reason="idle"} 1)"));
}

TEST(Metrics, CountsFromManyThreadsWithoutLoss) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        metrics.count_request("GET", "/a", 200, 0.1);
        metrics.observe_inter_token("m", 0.01);
        if (i % 100 == 0) metrics.text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.text(), HasSubstr(R"(hearth_http_requests_total{method="GET",route="/a",status="200"} 4000)"));
  EXPECT_THAT(metrics.text(), HasSubstr(R"(hearth_inter_token_seconds_count{model="m"} 4000)"));
}

}  // namespace
}  // namespace hearth
