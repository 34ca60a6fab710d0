#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>

#include "text/chat_template.h"

namespace hearth {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// A model's name, asked for parts ("codellama" in "CodeLlama-7b-Instruct-hf") and for whole words ("it" in
/// "gemma-2b-it").
class ModelName {
 public:
  explicit ModelName(std::string_view name) : name_(lower_case(name)) {}

  bool empty() const { return name_.empty(); }
  bool has(std::string_view part) const { return name_.find(part) != std::string::npos; }
  bool has_word(std::string_view word) const {
    const auto is_letter = [this](std::size_t at) {
      return at < name_.size() && std::isalnum(static_cast<unsigned char>(name_[at])) != 0;
    };
    for (std::size_t at = name_.find(word); at != std::string::npos; at = name_.find(word, at + 1)) {
      if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
    }
    return false;
  }
  bool says_chat() const { return has("instruct") || has("chat") || has_word("it"); }
  bool says_base() const { return has_word("base") || has_word("pt"); }

 private:
  std::string name_;
};

/// By control tokens that exist for one chat format only. A vocabulary often has them before the model is taught to
/// chat, so a name that says otherwise wins.
std::optional<std::string_view> guess_by_tokens(std::string_view architecture, const ModelName& name,
                                                const std::function<bool(std::string_view)>& has_token) {
  if (name.says_base()) return std::nullopt;
  if (has_token("<|start_header_id|>") && has_token("<|eot_id|>")) {
    const bool base = name.has("llama-3") && !name.says_chat();
    return base ? std::nullopt : std::optional<std::string_view>("llama3");
  }
  if (has_token("<start_of_turn>")) {
    const bool base = architecture.starts_with("gemma") && name.has("gemma") && !name.says_chat();
    return base ? std::nullopt : std::optional<std::string_view>("gemma");
  }
  if (has_token("<|im_start|>")) return has_token("<|im_sep|>") ? "phi4" : "chatml";
  if (has_token("<|START_OF_TURN_TOKEN|>")) return "command-r";
  if (has_token("<｜User｜>")) return "deepseek-r1";
  if (has_token("<|user|>") && has_token("<|assistant|>")) return has_token("<|end|>") ? "phi3" : "zephyr";
  return std::nullopt;
}

std::optional<std::string_view> guess_by_name(const ModelName& name) {
  if (name.has("zephyr")) return "zephyr";
  if (name.has("tinyllama") && name.says_chat()) return "tinyllama";
  if (name.has("vicuna")) return "vicuna";
  if (name.has("alpaca")) return "alpaca";
  if (name.has("openchat")) return "openchat";
  if (name.has("deepseek-coder") && name.says_chat()) return "deepseek-coder";
  if ((name.has("codellama") || name.has("code-llama") || name.has("llama-2") || name.has("llama2")) &&
      name.says_chat())
    return "llama2";
  if ((name.has("mistral") || name.has("mixtral")) && name.says_chat()) return "mistral";
  if (name.has("falcon") && name.says_chat()) return "falcon";
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> guess_builtin_template(std::string_view architecture, std::string_view model_name,
                                                       const std::function<bool(std::string_view)>& has_token) {
  for (const std::string_view completes :
       {"gpt2", "starcoder", "starcoder2", "gpt_bigcode", "bert", "nomic-bert", "jina-bert-v2"}) {
    // A fine-tune of StarCoder that chats brings its control tokens; the base models have none of them.
    if (architecture == completes && !has_token("<|assistant|>") && !has_token("<|im_start|>")) return std::nullopt;
  }
  const ModelName name(model_name);
  if (auto by_tokens = guess_by_tokens(architecture, name, has_token)) return by_tokens;
  if (architecture == "phi2" || (architecture == "phi" && (name.empty() || name.has("phi-2")))) return "phi2";
  return guess_by_name(name);
}

}  // namespace hearth
