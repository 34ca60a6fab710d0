#include "cli/generation_params.h"

#include <gtest/gtest.h>

#include <limits>

#include "cli/chat_session.h"
#include "cli/command_line.h"
#include "cli/generation_flags.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

GenerationParams with_flags(const Arguments& arguments, const SamplingParams& model = {},
                            const std::vector<Setting>& settings = {}) {
  CommandLine line("run", "", "", "");
  GenerationFlags flags;
  flags.add_to(line);
  EXPECT_TRUE(line.parse(arguments));
  return flags.resolve(model, settings);
}

TEST(GenerationFlags, EachReachesItsParameter) {
  const GenerationParams params = with_flags({"-n",
                                              "5",
                                              "--temp",
                                              "0.25",
                                              "--top-k",
                                              "7",
                                              "--top-p",
                                              "0.5",
                                              "--min-p",
                                              "0.125",
                                              "--typical",
                                              "0.75",
                                              "--seed",
                                              "18446744073709551615",
                                              "--repeat-penalty",
                                              "1.5",
                                              "--presence-penalty",
                                              "-1",
                                              "--frequency-penalty",
                                              "0.5",
                                              "--penalty-window",
                                              "-1",
                                              "--dry-multiplier",
                                              "0.5",
                                              "--dry-base",
                                              "2",
                                              "--dry-allowed-length",
                                              "3",
                                              "--dry-window",
                                              "9",
                                              "--dry-sequence-breaker",
                                              "x",
                                              "--dry-sequence-breaker",
                                              "[y,z]",
                                              "--xtc-probability",
                                              "0.5",
                                              "--xtc-threshold",
                                              "0.25",
                                              "--mirostat",
                                              "--mirostat-tau",
                                              "4",
                                              "--mirostat-eta",
                                              "0.5",
                                              "--logit-bias",
                                              "5+1.5",
                                              "--logit-bias",
                                              "6-inf",
                                              "--logit-bias=7-2",
                                              "--stop",
                                              "-",
                                              "--stop",
                                              "[a,b]",
                                              "--ignore-eos",
                                              "--context-shift"});
  EXPECT_EQ(params.max_tokens, 5);
  EXPECT_EQ(params.temperature, 0.25F);
  EXPECT_EQ(params.top_k, 7);
  EXPECT_EQ(params.top_p, 0.5F);
  EXPECT_EQ(params.min_p, 0.125F);
  EXPECT_EQ(params.typical_p, 0.75F);
  EXPECT_EQ(params.seed, 18446744073709551615U);
  EXPECT_EQ(params.repeat_penalty, 1.5F);
  EXPECT_EQ(params.presence_penalty, -1.0F);
  EXPECT_EQ(params.frequency_penalty, 0.5F);
  EXPECT_EQ(params.penalty_window, -1);
  EXPECT_EQ(params.dry_multiplier, 0.5F);
  EXPECT_EQ(params.dry_base, 2.0F);
  EXPECT_EQ(params.dry_allowed_length, 3);
  EXPECT_EQ(params.dry_window, 9);
  EXPECT_EQ(params.dry_sequence_breakers, (std::vector<std::string>{"x", "[y,z]"}));
  EXPECT_EQ(params.xtc_probability, 0.5F);
  EXPECT_EQ(params.xtc_threshold, 0.25F);
  EXPECT_TRUE(params.mirostat);
  EXPECT_EQ(params.mirostat_tau, 4.0F);
  EXPECT_EQ(params.mirostat_eta, 0.5F);
  EXPECT_EQ(params.logit_bias,
            (std::map<TokenId, float>{{5, 1.5F}, {6, -std::numeric_limits<float>::infinity()}, {7, -2.0F}}));
  EXPECT_EQ(params.stop, (std::vector<std::string>{"-", "[a,b]"}));
  EXPECT_TRUE(params.ignore_eos);
  EXPECT_TRUE(params.context_shift);
}

TEST(GenerationFlags, FlagsAreStrongerThanSettingsAndThoseThanTheModel) {
  SamplingParams model;
  model.temperature = 0.1F;
  model.top_k = 11;
  model.top_p = 0.3F;
  const std::vector<Setting> settings = {
      {"threads", "4", "default"}, {"temperature", "0.2", ".env"}, {"top_k", "22", ".env"}, {"top_p", "", "default"}};
  const GenerationParams params = with_flags({"--top-k", "33"}, model, settings);
  EXPECT_EQ(params.top_k, 33);
  EXPECT_EQ(params.temperature, 0.2F);
  EXPECT_EQ(params.top_p, 0.3F);
}

TEST(GenerationFlags, WrongValuesAreWrongUsage) {
  for (const Arguments& arguments : std::vector<Arguments>{{"--temp", "hot"},
                                                           {"--temp", "-1"},
                                                           {"--top-p", "1.5"},
                                                           {"-n", "-2"},
                                                           {"--logit-bias", "5"},
                                                           {"--logit-bias", "x+1"},
                                                           {"--logit-bias", "5+inf"},
                                                           {"--top-k", "99999999999"},
                                                           {"--stop", ""}}) {
    EXPECT_THROW(with_flags(arguments), UsageError) << arguments[0] << " " << arguments[1];
  }
}

TEST(Parameters, EveryOneSurvivesWritingAndReading) {
  const GenerationParams defaults;
  for (const Parameter& parameter : generation_parameters()) {
    if (parameter.kind == ParameterKind::kList) continue;
    GenerationParams params;
    parameter.set(params, parameter.name, parameter_text(parameter, defaults));
    EXPECT_EQ(parameter.get(params), parameter.get(defaults)) << parameter.name;
    EXPECT_EQ(find_parameter(parameter.name), &parameter) << "two parameters of one name";
  }
}

TEST(SetByName, ChangesOneOrNothing) {
  GenerationParams params, defaults;
  defaults.temperature = 0.3F;
  set_by_name(params, defaults, "temperature", "0.2");
  EXPECT_EQ(params.temperature, 0.2F);
  set_by_name(params, defaults, "temperature", "default");
  EXPECT_EQ(params.temperature, 0.3F);
  EXPECT_THROW(set_by_name(params, defaults, "temperature", "-3"), UsageError);
  EXPECT_EQ(params.temperature, 0.3F);
  set_by_name(params, defaults, "stop", "a");
  set_by_name(params, defaults, "stop", "b c");
  EXPECT_EQ(params.stop, std::vector<std::string>{"b c"});
  try {
    set_by_name(params, defaults, "temprature", "1");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(error.hint(), "did you mean 'temperature'?");
  }
}

}  // namespace
}  // namespace hearth::cli
