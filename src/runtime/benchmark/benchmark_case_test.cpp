#include "runtime/benchmark/benchmark_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TransformerSpec spec(std::int64_t context, Pooling pooling = Pooling::kNone) {
  TransformerSpec spec;
  spec.context_length = context;
  spec.pooling = pooling;
  return spec;
}

std::vector<std::string> names(const BenchmarkPlan& plan, const TransformerSpec& spec) {
  std::vector<std::string> all;
  for (const BenchmarkCase& one : benchmark_cases(plan, spec, 0)) all.push_back(one.name());
  return all;
}

TEST(BenchmarkCases, AreEveryCombination) {
  BenchmarkPlan plan;
  EXPECT_THAT(names(plan, spec(2048)), ElementsAre("pp512", "tg128"));
  plan.n_prompt = {512, 1024};
  plan.depth = {0, 256};
  plan.batch = {1, 4};
  EXPECT_THAT(names(plan, spec(2048)), ElementsAre("pp512", "pp1024", "tg128", "tg128", "pp512@d256", "pp1024@d256",
                                                   "tg128@d256", "tg128@d256"));
  const auto cases = benchmark_cases(plan, spec(2048), 0);
  EXPECT_EQ(cases[0].batch, 1);  // a prompt fills a batch by itself
  EXPECT_EQ(cases[3].batch, 4);
  plan.n_prompt = {0};
  plan.depth = {0};
  EXPECT_THAT(names(plan, spec(2048)), ElementsAre("tg128", "tg128"));
  plan.n_gen = {0};
  plan.n_prompt = {16};
  EXPECT_THAT(names(plan, spec(2048)), ElementsAre("pp16"));
}

TEST(BenchmarkCases, OfAnEmbedderAreTexts) {
  BenchmarkPlan plan;
  plan.n_gen = {1000};  // not used, so it need not fit
  plan.n_prompt = {64, 256};
  plan.batch = {1, 32};
  EXPECT_THAT(names(plan, spec(512, Pooling::kMean)), ElementsAre("embed64", "embed64", "embed256", "embed256"));
}

TEST(BenchmarkCases, MustFitTheContext) {
  BenchmarkPlan plan;
  plan.n_prompt = {0};
  plan.n_gen = {100};
  plan.depth = {412};
  EXPECT_EQ(benchmark_cases(plan, spec(512), 0).front().tokens(), 512);
  plan.n_prompt = {100};
  EXPECT_EQ(benchmark_cases(plan, spec(512), 0).front().tokens(), 512);
  plan.n_prompt = {512};
  plan.n_gen = {511};
  plan.depth = {0};
  for (const BenchmarkCase& one : benchmark_cases(plan, spec(512), 0)) EXPECT_EQ(one.tokens(), 512) << one.name();
  plan.n_prompt = {0};
  plan.n_gen = {100};
  for (const std::int64_t context : {0, 512}) {
    plan.depth = {413};
    try {
      benchmark_cases(plan, spec(512), context);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kContextLimit);
      EXPECT_THAT(error.message(), HasSubstr("tg100@d413 needs a context of 513 tokens"));
      EXPECT_THAT(error.message(), HasSubstr("512"));
    }
  }
}

TEST(BenchmarkCases, RefuseWhatMakesNoSense) {
  const auto refused = [](const BenchmarkPlan& plan) {
    try {
      benchmark_cases(plan, spec(512), 0);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInvalidArgument;
    }
    return false;
  };
  BenchmarkPlan good;
  good.n_prompt = {128};
  EXPECT_FALSE(refused(good));
  BenchmarkPlan plan = good;
  plan.n_prompt = plan.n_gen = {0};
  EXPECT_TRUE(refused(plan)) << "nothing to do";
  plan = good;
  plan.n_prompt = {};
  EXPECT_TRUE(refused(plan));
  plan = good;
  plan.batch = {0};
  EXPECT_TRUE(refused(plan));
  plan = good;
  plan.n_gen = {-1};
  EXPECT_TRUE(refused(plan));
  plan = good;
  plan.depth = {std::int64_t{1} << 62};
  EXPECT_TRUE(refused(plan));
  plan = good;
  plan.repeat = 0;
  EXPECT_TRUE(refused(plan));
}

}  // namespace
}  // namespace hearth
