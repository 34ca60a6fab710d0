// Expected values: transformers 5's ROPE_INIT_FUNCTIONS for a head of 16.
#include "model/rope_frequencies.h"

#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::int64_t kRot = 16;

void expect_near(const std::vector<float>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 2e-6 * wanted[i]) << "pair " << i;
}

RopeSpec make(double theta, const RopeScaling& scaling, std::int64_t context = 131072) {
  return make_rope(kRot, theta, RopeKind::kHalves, scaling, context, "test");
}

TEST(RopeFrequencies, Llama3) {
  RopeScaling scaling;
  scaling.type = "llama3";
  scaling.factor = 8;
  scaling.original_context = 8192;
  const RopeSpec rope = make(500000, scaling);
  expect_near(rope.inv_freq,
              {1.0, 0.19392276, 0.037606031, 0.0072926651, 0.00052484602, 3.4281024e-05, 6.6478697e-06, 1.2891732e-06});
  EXPECT_EQ(rope.magnitude, 1.0F);
}

TEST(RopeFrequencies, Yarn) {
  RopeScaling scaling;
  scaling.type = "yarn";
  scaling.factor = 4;
  scaling.original_context = 32768;
  const RopeSpec rope = make(1000000, scaling);
  expect_near(rope.inv_freq,
              {1.0, 0.17782794, 0.031622779, 0.0042175599, 0.00050000002, 4.4456985e-05, 7.9056936e-06, 1.4058534e-06});
  EXPECT_NEAR(rope.magnitude, 1.138629436, 1e-6);
}

TEST(RopeFrequencies, Linear) {
  RopeScaling scaling;
  scaling.type = "linear";
  scaling.factor = 4;
  expect_near(make(10000, scaling).inv_freq,
              {0.25, 0.079056941, 0.025, 0.0079056947, 0.0024999999, 0.00079056947, 0.00025000001, 7.9056947e-05});
}

TEST(RopeFrequencies, LongRope) {
  RopeScaling scaling;
  scaling.type = "longrope";
  scaling.original_context = 4096;
  scaling.short_factor = std::vector<double>(8, 1.0);
  scaling.long_factor = {1, 2, 3, 4, 5, 6, 7, 8};
  const RopeSpec rope = make(10000, scaling);
  ASSERT_TRUE(rope.switches());
  expect_near(rope.inv_freq, {1.0, 0.31622776, 0.1, 0.031622779, 0.0099999998, 0.0031622779, 0.001, 0.00031622779});
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(rope.inv_freq_long[i], rope.inv_freq[i] / static_cast<float>(i + 1), 1e-6);
  EXPECT_NEAR(rope.magnitude, 1.190238071, 1e-6);
}

TEST(RopeFrequencies, BadValuesAreErrors) {
  RopeScaling scaling;
  scaling.type = "dynamic";
  EXPECT_THROW(make(10000, scaling), Error);
  scaling.type = "linear";
  scaling.factor = 0;
  EXPECT_THROW(make(10000, scaling), Error);
  scaling = {};
  EXPECT_THROW(make(-1, scaling), Error);
  EXPECT_THROW(make_rope(15, 10000, RopeKind::kHalves, scaling, 100, "test"), Error);
  scaling.divisors = {1, 2};
  EXPECT_THROW(make(10000, scaling), Error);
  scaling.divisors = std::vector<double>(8, 0.0);
  EXPECT_THROW(make(10000, scaling), Error);
  scaling = {};
  scaling.type = "longrope";
  scaling.original_context = 1;
  EXPECT_THROW(make(10000, scaling), Error);
}

TEST(RopeFrequencies, ConfigsInEveryForm) {
  const auto from = [](const char* text) {
    const json::value value = parse_json(text, "config");
    return rope_from_config(JsonObject(value, "config"), kRot, 131072);
  };
  const RopeSpec old_form = from(R"({"rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8,
    "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}})");
  const RopeSpec new_form = from(R"({"rope_parameters": {"rope_theta": 500000, "rope_type": "llama3", "factor": 8,
    "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}})");
  EXPECT_EQ(old_form.inv_freq, new_form.inv_freq);
  EXPECT_NEAR(old_form.inv_freq[4], 0.00052484602, 1e-9);
  EXPECT_EQ(from(R"({"partial_rotary_factor": 0.4})").n_rot, 6);
  EXPECT_EQ(
      from(R"({"rope_scaling": {"type": "su", "short_factor": [1,1,1,1,1,1,1,1], "long_factor": [2,2,2,2,2,2,2,2]},
    "original_max_position_embeddings": 4096})")
          .original_context,
      4096);
  EXPECT_THROW(from(R"({"rope_scaling": {"type": "longrope"}})"), Error);
  EXPECT_THROW(from(R"({"partial_rotary_factor": 2})"), Error);
}

}  // namespace
}  // namespace hearth
