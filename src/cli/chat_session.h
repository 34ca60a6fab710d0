// A conversation with a model: its messages, what shapes the answers, and the turns. No terminal in here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/generation_params.h"
#include "hearth/model.h"

namespace hearth::cli {

class ChatSession {
 public:
  ChatSession(Model model, std::string model_path, GenerationParams params, std::string system);

  /// The model's answer to one more message; both then belong to the conversation. Where it fails or is cancelled
  /// before the first character, the conversation is as it was before. Errors as Model::generate.
  Generation answer(const std::string& message, const OnText& on_text, const std::atomic<bool>* cancel);
  /// Another answer to the last message. Errors: UsageError when there is none; else as answer(), and the old one
  /// stays.
  Generation regenerate(const OnText& on_text, const std::atomic<bool>* cancel);

  void clear();
  /// From now on; empty: none.
  void set_system(std::string system) { system_ = std::move(system); }
  const std::string& system() const { return system_; }
  /// Without the system message.
  const std::vector<ChatMessage>& messages() const { return messages_; }
  /// A system message at the front becomes system().
  void set_messages(std::vector<ChatMessage> messages);

  const GenerationParams& params() const { return params_; }
  const GenerationParams& default_params() const { return defaults_; }
  /// `name` was set by the person: it survives a change of the model. Errors: UsageError, and nothing changes.
  void set_param(const std::string& name, std::string_view text);
  void set_params(const GenerationParams& params) { params_ = params; }

  /// What form every answer has from now on.
  void set_constraint(Constraint constraint) { constraint_ = std::move(constraint); }

  Model& model() { return model_; }
  const Model& model() const { return model_; }
  const std::string& model_path() const { return model_path_; }
  bool continues_text() const { return model_.info().chat_template.empty(); }
  /// Messages and what was set by the person are kept.
  void change_model(Model model, std::string path, const GenerationParams& defaults);

  /// Messages at the front that the model no longer sees, because the context was full and context_shift is on.
  std::size_t forgotten() const { return forgotten_; }
  /// Tokens that the conversation takes now.
  std::int64_t used_tokens() const;

 private:
  GenerateRequest make_request() const;
  Generation generate(std::uint64_t seed_step, const OnText& on_text, const std::atomic<bool>* cancel);
  bool forget_oldest();

  Model model_;
  std::string model_path_;
  GenerationParams defaults_;
  GenerationParams params_;
  std::set<std::string> chosen_;  ///< names of parameters that the person set
  std::string system_;
  Constraint constraint_;
  std::vector<ChatMessage> messages_;
  std::size_t forgotten_ = 0;  ///< messages at the front that no longer fit and are not shown to the model
  std::uint64_t regenerations_ = 0;
};

/// A parameter by name, with "default" for the value that it would have had. Errors: UsageError with the nearest name.
void set_by_name(GenerationParams& params, const GenerationParams& defaults, std::string_view name,
                 std::string_view text);

}  // namespace hearth::cli
