// The name that GGUF has for the way in which a byte-level tokenizer cuts text ("tokenizer.ggml.pre").
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace hearth {

/// By the expressions in tokenizer.json's "pre_tokenizer"; among names that mean the same, the one that belongs to
/// `architecture`. Errors: kUnsupported, showing the expression that has no name.
std::string pre_tokenizer_name(const JsonObject& tokenizer, std::string_view architecture);

}  // namespace hearth
