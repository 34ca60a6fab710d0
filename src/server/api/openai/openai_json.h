// Pieces of OpenAI's answers that several of its endpoints share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "hearth/model.h"
#include "runtime/serving/served_model.h"
#include "server/api/api_answer.h"
#include "server/http/error_answer.h"

namespace hearth {

/// The stop reason in OpenAI's words.
const char* openai_finish_reason(FinishReason reason);
/// {"error": {…}} as openai_error() makes it, as a value.
json::value openai_error_value(const HttpError& error);

struct TokenUsage {
  std::int64_t prompt = 0, cached = 0, completion = 0, reasoning = 0;
  /// `is_first`: of the choices of one prompt, which is counted once; the others find it in the cache.
  void add(const GenerationStats& stats, bool is_first = true);
};
json::object openai_usage(const TokenUsage& usage);

json::value logprob_value(float logprob);
/// The entries of "logprobs.content" of chat completions.
json::array chat_logprobs(const ServedModel& model, std::span<const TokenLogprob> tokens);
/// What a token adds to a text, with U+FFFD for what is no whole character.
std::string printable_token(const ServedModel& model, TokenId id);

}  // namespace hearth
