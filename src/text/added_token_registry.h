// Gives added tokens their ids while a tokenizer is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "text/pipeline_tokenizer.h"

namespace hearth {

class AddedTokenRegistry {
 public:
  /// `name` stands for the file in errors.
  AddedTokenRegistry(const Vocabulary& model_vocabulary, const std::string& name);

  /// A token that the vocabulary has keeps its id; a new one gets `wanted` or, without, the next id as Hugging Face
  /// tokenizers counts (it does not look at the ids in tokenizer.json). Given twice, the later flags count. Errors:
  /// kCorruptData.
  void add(AddedToken token, std::optional<std::int64_t> wanted = std::nullopt);

  /// Hands everything over.
  void finish(TokenizerParts& parts);

 private:
  std::int64_t next_id() const;

  std::shared_ptr<Vocabulary> vocabulary_;
  std::int64_t model_count_;
  std::int64_t largest_added_ = -1;
  std::vector<AddedToken> tokens_;
  std::unordered_map<TokenId, std::size_t> index_;
};

/// Reads one object of tokenizer.json's "added_tokens" or tokenizer_config.json's "added_tokens_decoder"; the id stays
/// 0. Errors: kCorruptData.
AddedToken load_added_token(const JsonObject& object);

}  // namespace hearth
