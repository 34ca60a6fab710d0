// Tokenizers and chat templates by themselves, for tools that need no weights.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/error.h"
#include "hearth/sampling.h"

namespace hearth {

/// The tokenizer of a GGUF file, a Hugging Face folder, or a tokenizer.json.
class TextTokenizer {
 public:
  static TextTokenizer load(const std::string& path);
  TextTokenizer(TextTokenizer&&) noexcept;
  TextTokenizer& operator=(TextTokenizer&&) noexcept;
  ~TextTokenizer();
  std::vector<TokenId> encode(std::string_view text, bool add_special = false, bool parse_special = false) const;
  std::string decode(std::span<const TokenId> ids, bool skip_special = false) const;
  std::string token_text(TokenId id) const;
  std::int64_t vocab_size() const;
  std::string kind() const;

 private:
  struct Impl;
  explicit TextTokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct TemplateRequest {
  std::string messages_json;  ///< a JSON array of messages
  std::string tools_json;     ///< a JSON array, or empty
  std::string extra_json;     ///< a JSON object of more variables, or empty
  bool add_generation_prompt = true;
  std::optional<std::string> bos, eos;  ///< empty: the model's own (a .jinja file: none)
};
/// Renders the chat template of a model (its own, else the built-in that fits), or of a .jinja file, or of
/// "builtin:NAME".
std::string render_template(const std::string& model_or_file, const TemplateRequest& request);

}  // namespace hearth
