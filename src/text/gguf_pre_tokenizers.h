// What the names in "tokenizer.ggml.pre" mean. The names are llama.cpp's (src/llama-vocab.cpp); the expressions are
// those of the models' own tokenizer.json files that the names were given to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct GgufPreTokenizer {
  std::string_view name;
  std::span<const char* const> expressions;  ///< each cuts what the ones before have left
  bool ignore_merges = false;
  bool add_bos = false;  ///< unless tokenizer.ggml.add_bos_token says otherwise
};

/// Null where there is none of that name.
const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name);
std::vector<std::string_view> gguf_pre_tokenizer_names();

}  // namespace hearth
