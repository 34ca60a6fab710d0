// Fill-in-the-middle: the prompt that asks a model for what stands between two texts.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/serving/served_model.h"

namespace hearth {

/// With the control tokens that the model's vocabulary has for it (Qwen-Coder and CodeGemma, StarCoder, CodeLlama,
/// DeepSeek-Coder). Errors: 400, with the field "suffix", where it has none.
std::vector<TokenId> infill_prompt(const ServedModel& model, std::string_view prefix, std::string_view suffix);

/// The model has them.
bool can_infill(const ServedModel& model);

}  // namespace hearth
