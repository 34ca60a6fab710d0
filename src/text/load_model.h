// The "model" of a tokenizer.json.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "text/token_model.h"
#include "text/vocabulary.h"

namespace hearth {

/// Whether a text is a control token's; plain text never becomes one.
using IsControl = std::function<bool(std::string_view token_text)>;

struct LoadedModel {
  std::unique_ptr<const TokenModel> model;
  std::shared_ptr<const Vocabulary> vocabulary;
};

/// Errors: kCorruptData; kUnsupported for an unknown type.
LoadedModel load_model(const JsonObject& model, const IsControl& is_control);

/// Tokens that begin with `prefix` continue a word.
std::unique_ptr<const TokenModel> make_wordpiece(const Vocabulary& vocabulary, std::string_view prefix,
                                                 std::optional<TokenId> unk, std::size_t max_characters,
                                                 const IsControl& is_control);

}  // namespace hearth
