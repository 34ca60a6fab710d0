// Chat templates: a model's own Jinja template rendered in a sandbox, and built-in ones for models that ship none.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace hearth {

/// Limits of one rendering; passing one is an Error (kInvalidArgument) that names it.
struct TemplateLimits {
  std::size_t max_steps = 5'000'000;   ///< expressions and statements evaluated
  std::size_t max_output = 64u << 20;  ///< bytes, also of any intermediate string
  int max_depth = 200;                 ///< nesting of calls, blocks and expressions, when parsing as when rendering
};

struct TemplateInputs {
  json::array messages;  ///< [{"role", "content", "tool_calls"?, …}]
  json::value tools;     ///< array, or null
  bool add_generation_prompt = true;
  std::string bos_token, eos_token;
  json::object extra;  ///< more variables of the caller's (enable_thinking, documents …)
  /// More variables of the model's own, which are trusted: pad_token, unk_token … of its tokenizer.
  std::vector<std::pair<std::string, std::string>> special_tokens;
  std::optional<std::time_t> now;  ///< what strftime_now() shows, in local time; the clock's time where empty
};

/// The prompt, and which bytes of it came out of `messages`, `tools` and `extra` (ascending ranges): the tokenizer must
/// not take control tokens from those (EncodeOptions::untrusted). The known roles (system, user, assistant, tool,
/// developer, function, ipython, model) count as the template's: Phi-3's writes "<|" + role + "|>".
struct RenderedPrompt {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> untrusted;
};

class ChatTemplate {
 public:
  /// Parses Jinja source. Errors: kInvalidArgument with `name`, line and what is wrong.
  static ChatTemplate parse(std::string_view source, std::string name, const TemplateLimits& limits = {});
  /// A built-in: "chatml", "llama2", "llama3", "phi2", "phi3", "gemma", "mistral", "zephyr", "deepseek-coder",
  /// "alpaca", "vicuna" …. Errors: kNotFound, listing the names.
  static ChatTemplate builtin(std::string_view name);
  static std::vector<std::string_view> builtin_names();

  /// Errors: kInvalidArgument where the template refuses the messages (its raise_exception), uses what is undefined, or
  /// passes a limit.
  RenderedPrompt render(const TemplateInputs& inputs) const;

  const std::string& name() const { return name_; }
  const std::string& source() const { return source_; }

  struct Program;  ///< the parsed template; private to the implementation
 private:
  std::string name_;
  std::string source_;
  TemplateLimits limits_;
  std::shared_ptr<const Program> program_;
};

/// The built-in that fits a model without a template of its own, judged by architecture, names and the control tokens
/// it has
/// (`has_token` asks its vocabulary); empty where it is a plain completion model (GPT-2, StarCoder base …).
std::optional<std::string_view> guess_builtin_template(std::string_view architecture, std::string_view model_name,
                                                       const std::function<bool(std::string_view)>& has_token);

}  // namespace hearth
