#include "hearth/benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BenchmarkTest : public ::testing::Test {
 protected:
  std::string llama() const {
    const auto path = folder_.path() / "tiny.gguf";
    testing::make_tiny_llama(path);
    return path.string();
  }
  std::string bert() const {
    const auto path = folder_.path() / "bert.gguf";
    testing::make_tiny_bert(path);
    return path.string();
  }
  static BenchmarkPlan small() {
    BenchmarkPlan plan;
    plan.n_prompt = {8};
    plan.n_gen = {4};
    plan.repeat = 3;
    plan.threads = {1};
    return plan;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BenchmarkTest, MeasuresWhatWasPlanned) {
  BenchmarkPlan plan = small();
  plan.depth = {0, 40};
  plan.batch = {1, 3};
  plan.threads = {1, 2};
  std::vector<std::string> told;
  bool loaded = false;
  BenchmarkEvents events;
  events.on_loaded = [&](const BenchmarkReport& report) { loaded = report.limits.size() == 1 && told.empty(); };
  events.on_result = [&](const BenchmarkResult& result) { told.push_back(result.test); };
  const BenchmarkReport report = benchmark(llama(), {}, plan, events);
  EXPECT_TRUE(loaded);
  ASSERT_EQ(report.results.size(), 12U);
  EXPECT_EQ(told.size(), 12U);
  EXPECT_THAT(std::vector(told.begin(), told.begin() + 6),
              ElementsAre("pp8", "tg4", "tg4", "pp8@d40", "tg4@d40", "tg4@d40"));
  EXPECT_EQ(report.model.architecture, "llama");
  EXPECT_EQ(report.context, 48);  // of pp8@d40
  EXPECT_GT(report.load_seconds, 0);
  ASSERT_EQ(report.limits.size(), 2U);
  EXPECT_EQ(report.limits[0].operations, "float32");
  for (const BenchmarkResult& result : report.results) {
    SCOPED_TRACE(result.test);
    EXPECT_GT(result.tokens_per_second.min, 0);
    EXPECT_LE(result.tokens_per_second.min, result.tokens_per_second.median);
    EXPECT_LE(result.tokens_per_second.median, result.tokens_per_second.max);
    EXPECT_EQ(result.n_gen > 0, result.bandwidth_share.has_value());
    EXPECT_EQ(result.n_prompt > 0, result.arithmetic_share.has_value());
    // One page of 64 cells: two layers, K and V, three heads of 32, four bytes.
    EXPECT_EQ(result.kv_bytes, static_cast<std::uint64_t>(result.batch) * 64 * 2 * 2 * 3 * 32 * 4);
    EXPECT_GT(result.resident_bytes, result.kv_bytes);
  }
  EXPECT_EQ(report.results[2].batch, 3);
  EXPECT_EQ(report.results[6].threads, 2);
}

TEST_F(BenchmarkTest, FillsTheContextToItsEnd) {
  BenchmarkPlan plan = small();
  plan.n_prompt = {64};
  plan.n_gen = {63};
  EXPECT_EQ(benchmark(llama(), {}, plan).context, 64);
  plan.n_prompt = {24};
  plan.n_gen = {24};
  plan.depth = {40};
  const BenchmarkReport report = benchmark(llama(), {}, plan);
  EXPECT_EQ(report.context, 64);
  for (const BenchmarkResult& result : report.results) EXPECT_GT(result.tokens_per_second.min, 0) << result.test;
}

TEST_F(BenchmarkTest, OfAnEmbedder) {
  BenchmarkPlan plan = small();
  plan.batch = {1, 5};
  const BenchmarkReport report = benchmark(bert(), {}, plan);
  ASSERT_EQ(report.results.size(), 2U);
  EXPECT_EQ(report.results[1].test, "embed8");
  EXPECT_EQ(report.results[1].batch, 5);
  EXPECT_GT(report.results[1].tokens_per_second.min, 0);
  EXPECT_FALSE(report.results[1].bandwidth_share.has_value());
}

TEST_F(BenchmarkTest, EndsWhenItIsCancelled) {
  std::atomic<bool> cancel = false;
  for (const std::string& path : {llama(), bert()}) {
    BenchmarkPlan plan = small();
    plan.n_gen = {30};
    plan.repeat = 10'000;
    plan.cancel = &cancel;
    cancel = false;
    BenchmarkEvents events;
    int heard = 0;
    events.on_progress = [&](std::string_view) { cancel = ++heard > 6; };
    try {
      benchmark(path, {}, plan, events);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled);
    }
  }
}

TEST_F(BenchmarkTest, RefusesWhatDoesNotFit) {
  BenchmarkPlan plan = small();
  plan.depth = {60};
  try {
    benchmark(llama(), {}, plan);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kContextLimit);
    EXPECT_THAT(error.message(), HasSubstr("64"));
  }
}

}  // namespace
}  // namespace hearth
