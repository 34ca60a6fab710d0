#include "cli/answer_json.h"

#include <fmt/format.h>

#include "cli/human.h"
#include "cli/json_text.h"

namespace hearth::cli {

json::object answer_json(const Generation& answer, const std::string& model_path) {
  const GenerationStats& stats = answer.stats;
  json::array ids;
  for (const TokenId id : answer.ids) ids.push_back(id);
  return {
      {"text", json_string(answer.text)},
      {"ids", std::move(ids)},
      {"finish_reason", finish_reason_name(answer.finish_reason)},
      {"seed", answer.seed},
      {"stats",
       {{"prompt_tokens", stats.prompt_tokens},
        {"reused_tokens", stats.reused_tokens},
        {"generated_tokens", stats.generated_tokens},
        {"forced_tokens", stats.forced_tokens},
        {"drafted_tokens", stats.drafted_tokens},
        {"accepted_tokens", stats.accepted_tokens},
        {"prompt_seconds", stats.prompt_seconds},
        {"generate_seconds", stats.generate_seconds},
        {"prompt_tokens_per_second", stats.prompt_tokens_per_second()},
        {"generated_tokens_per_second", stats.generated_tokens_per_second()}}},
      {"model", json_string(model_path)},
  };
}

std::string answer_stats(const Generation& answer) {
  const GenerationStats& stats = answer.stats;
  const std::string reused = stats.reused_tokens > 0 ? fmt::format(", {} reused", stats.reused_tokens) : "";
  const std::string guessed = stats.drafted_tokens > 0
                                  ? fmt::format(", {} of {} guesses right", stats.accepted_tokens, stats.drafted_tokens)
                                  : "";
  return fmt::format("{} prompt tokens ({}/s{}), {} answer tokens ({}/s{}), seed {}", stats.prompt_tokens,
                     human_rate(stats.prompt_tokens_per_second()), reused, stats.generated_tokens,
                     human_rate(stats.generated_tokens_per_second()), guessed, answer.seed);
}

}  // namespace hearth::cli
