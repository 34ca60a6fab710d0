#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "hearth/error.h"
#include "hearth/sampling.h"

namespace hearth {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::string complaint(const std::function<void(SamplingParams&)>& change) {
  SamplingParams params;
  change(params);
  try {
    validate(params);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "";
}

TEST(ValidateSampling, DefaultsAndExtremesAreFine) {
  EXPECT_EQ(complaint([](SamplingParams&) {}), "");
  EXPECT_EQ(complaint([](SamplingParams& p) {
              p.logit_bias = {{0, -kInf}, {5, 100.0F}};
              p.penalty_window = -1;
              p.dry_window = -1;
              p.top_k = 0;
              p.top_p = 1e-6F;
              p.min_p = 1.0F;
              p.temperature = 0.0F;
              p.frequency_penalty = -2.0F;
              p.mirostat_tau = 0.0F;
              p.dry_sequence_breakers = {};
            }),
            "");
}

TEST(ValidateSampling, NamesTheFieldTheValueAndTheRange) {
  EXPECT_EQ(complaint([](SamplingParams& p) { p.top_p = 1.2F; }), "top_p is 1.2; it must be in (0, 1]");
  EXPECT_EQ(complaint([](SamplingParams& p) { p.top_k = -1; }),
            "top_k is -1; it must be 0 (off) or a number of tokens");
  EXPECT_EQ(complaint([](SamplingParams& p) { p.temperature = -0.5F; }),
            "temperature is -0.5; it must be a number of at least 0");
}

TEST(ValidateSampling, RefusesEachFieldOutsideItsRange) {
  const std::vector<std::pair<std::string, std::function<void(SamplingParams&, float)>>> fields = {
      {"logit_bias", [](SamplingParams& p, float v) { p.logit_bias[3] = v; }},
      {"repeat_penalty", [](SamplingParams& p, float v) { p.repeat_penalty = v; }},
      {"presence_penalty", [](SamplingParams& p, float v) { p.presence_penalty = v; }},
      {"frequency_penalty", [](SamplingParams& p, float v) { p.frequency_penalty = v; }},
      {"dry_multiplier", [](SamplingParams& p, float v) { p.dry_multiplier = v; }},
      {"dry_base", [](SamplingParams& p, float v) { p.dry_base = v; }},
      {"typical_p", [](SamplingParams& p, float v) { p.typical_p = v; }},
      {"top_p", [](SamplingParams& p, float v) { p.top_p = v; }},
      {"min_p", [](SamplingParams& p, float v) { p.min_p = v; }},
      {"xtc_probability", [](SamplingParams& p, float v) { p.xtc_probability = v; }},
      {"xtc_threshold", [](SamplingParams& p, float v) { p.xtc_threshold = v; }},
      {"temperature", [](SamplingParams& p, float v) { p.temperature = v; }},
      {"mirostat_tau", [](SamplingParams& p, float v) { p.mirostat_tau = v; }},
      {"mirostat_eta", [](SamplingParams& p, float v) { p.mirostat_eta = v; }}};
  for (const auto& field : fields) {
    const std::string& name = field.first;
    const auto& set = field.second;
    for (const float bad : {kNan, kInf}) {
      const std::string message = complaint([&](SamplingParams& p) { set(p, bad); });
      EXPECT_TRUE(message.starts_with(name)) << name << ": " << message;
    }
    if (name == "logit_bias" || name == "presence_penalty" || name == "frequency_penalty") continue;
    const std::string message = complaint([&](SamplingParams& p) { set(p, -1.0F); });
    EXPECT_TRUE(message.starts_with(name)) << name << ": " << message;
  }
  EXPECT_NE(complaint([](SamplingParams& p) { p.top_p = 0.0F; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.typical_p = 0.0F; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.repeat_penalty = 0.0F; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.dry_base = 0.9F; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.dry_allowed_length = 0; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.penalty_window = -2; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.dry_window = -2; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.dry_sequence_breakers = {"ok", ""}; }), "");
  EXPECT_NE(complaint([](SamplingParams& p) { p.logit_bias[-1] = 1.0F; }), "");
}

}  // namespace
}  // namespace hearth
