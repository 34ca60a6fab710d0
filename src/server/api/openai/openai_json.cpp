#include "server/api/openai/openai_json.h"

#include <algorithm>

#include "base/unicode.h"

namespace hearth {
namespace {

json::array bytes_of(std::string_view text) {
  json::array bytes;
  for (const char c : text) bytes.push_back(static_cast<std::int64_t>(static_cast<unsigned char>(c)));
  return bytes;
}

json::object token_object(const ServedModel& model, TokenId id, float logprob) {
  json::object object;
  object["token"] = printable_token(model, id);
  object["logprob"] = logprob_value(logprob);
  object["bytes"] = bytes_of(model.token_bytes(id));
  return object;
}

}  // namespace

json::value logprob_value(float logprob) {
  // JSON has no infinity; OpenAI writes what cannot happen so.
  constexpr double kNever = -9999.0;
  return logprob < kNever ? kNever : static_cast<double>(logprob);
}

const char* openai_finish_reason(FinishReason reason) { return reason == FinishReason::kLength ? "length" : "stop"; }

json::value openai_error_value(const HttpError& error) { return parse_json(openai_error(describe(error)), "an error"); }

void TokenUsage::add(const GenerationStats& stats, bool is_first) {
  if (is_first) {
    prompt += stats.prompt_tokens;
    cached += stats.reused_tokens;
  }
  completion += stats.generated_tokens;
}

json::object openai_usage(const TokenUsage& usage) {
  return {{"prompt_tokens", usage.prompt},
          {"completion_tokens", usage.completion},
          {"total_tokens", usage.prompt + usage.completion},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.reasoning}}}};
}

std::string printable_token(const ServedModel& model, TokenId id) {
  const std::string bytes = model.token_bytes(id);
  return bytes.empty() ? model.token_text(id) : replace_invalid_utf8(bytes);
}

json::array chat_logprobs(const ServedModel& model, std::span<const TokenLogprob> tokens) {
  json::array content;
  for (const TokenLogprob& token : tokens) {
    json::object entry = token_object(model, token.id, token.logprob);
    json::array top;
    for (const auto& [id, logprob] : token.top) top.push_back(token_object(model, id, logprob));
    entry["top_logprobs"] = std::move(top);
    content.push_back(std::move(entry));
  }
  return content;
}

}  // namespace hearth
