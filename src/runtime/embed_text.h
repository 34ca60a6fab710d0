// From a text to embed to what the engine reads. Any number of threads may use it on one model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hearth/model.h"
#include "model/loaded_model.h"

namespace hearth {

/// nullptr for "". Errors: kInvalidArgument listing the tasks there are.
const Adapter* find_adapter(const LoadedModel& model, const std::string& task);

/// With the task's prompt, where it has one and `options` wants it, and special tokens. Errors: as find_adapter().
std::vector<TokenId> embed_tokens(const LoadedModel& model, std::string_view text, const EmbedOptions& options);

}  // namespace hearth
