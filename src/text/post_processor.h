// The tokens around a text (BOS, EOS, CLS, SEP) that a model was trained to see.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "text/tokenizer.h"

namespace hearth {

struct SurroundingTokens {
  std::vector<TokenId> before;
  std::vector<TokenId> after;
};

/// Reads the "post_processor" of a tokenizer.json, of which only the treatment of a single text matters here. `where`
/// names it in errors. Errors: kCorruptData; kUnsupported for an unknown type.
SurroundingTokens load_post_processor(const json::value& value, const std::string& where);

}  // namespace hearth
