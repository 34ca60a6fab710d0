// What a person typed turned into a request, by what the model can: its chat template, or continuing text.
#pragma once

#include <string>

#include "hearth/model.h"

namespace hearth::cli {

struct PromptText {
  std::string system;  ///< may be empty
  std::string prompt;
  bool raw = false;            ///< leave the chat template out
  bool parse_special = false;  ///< with raw: "<|im_end|>" is the control token
};

/// Without a template the system text stands before the prompt with an empty line between. An empty prompt begins with
/// the model's first token. Errors: Error kInvalidArgument where there is nothing at all to begin with.
GenerateRequest make_request(const Model& model, const PromptText& text);

/// What to say about a model that cannot chat; empty for one that can.
std::string continues_text_notice(const ModelInfo& info);

}  // namespace hearth::cli
