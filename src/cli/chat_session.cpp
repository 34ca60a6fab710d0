#include "cli/chat_session.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "base/quote.h"
#include "cli/suggest.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

/// For a model without a template the conversation is one running text; what the person typed begins on a line of its
/// own.
std::string running_text(const std::string& system, std::span<const ChatMessage> messages) {
  std::string text = system;
  for (const ChatMessage& message : messages) {
    const bool needs_break = message.role == "user" && !text.empty() && !text.ends_with('\n');
    text += (needs_break ? "\n" : "") + message.content;
  }
  return text;
}

}  // namespace

ChatSession::ChatSession(Model model, std::string model_path, GenerationParams params, std::string system)
    : model_(std::move(model)),
      model_path_(std::move(model_path)),
      defaults_(params),
      params_(std::move(params)),
      system_(std::move(system)) {}

GenerateRequest ChatSession::make_request() const {
  GenerateRequest request;
  params_.put_into(request);
  request.constraint = constraint_;
  const auto shown = std::span(messages_).subspan(forgotten_);
  if (continues_text()) {
    request.prompt = running_text(system_, shown);
    return request;
  }
  if (!system_.empty()) request.messages.push_back({"system", system_});
  request.messages.insert(request.messages.end(), shown.begin(), shown.end());
  return request;
}

/// Moves on to the next message of the person; false when the last one is all that is left.
bool ChatSession::forget_oldest() {
  for (std::size_t i = forgotten_ + 1; i < messages_.size(); ++i) {
    if (messages_[i].role == "user") {
      forgotten_ = i;
      return true;
    }
  }
  return false;
}

Generation ChatSession::generate(std::uint64_t seed_step, const OnText& on_text, const std::atomic<bool>* cancel) {
  // The engine's shift drops tokens wherever they stand; as long as whole messages can go, they go first.
  while (params_.context_shift && used_tokens() >= model_.context() && forget_oldest()) continue;
  GenerateRequest request = make_request();
  request.cancel = cancel;
  if (request.sampling.seed) *request.sampling.seed += seed_step;
  Generation generation = model_.generate(request, on_text);
  if (!generation.text.empty() || generation.finish_reason != FinishReason::kCancelled) {
    messages_.push_back({"assistant", generation.text});
  }
  return generation;
}

Generation ChatSession::answer(const std::string& message, const OnText& on_text, const std::atomic<bool>* cancel) {
  messages_.push_back({"user", message});
  const std::size_t size = messages_.size();
  try {
    Generation generation = generate(0, on_text, cancel);
    if (messages_.size() == size) messages_.pop_back();  // cancelled before it began
    regenerations_ = 0;
    return generation;
  } catch (...) {
    messages_.pop_back();
    throw;
  }
}

Generation ChatSession::regenerate(const OnText& on_text, const std::atomic<bool>* cancel) {
  if (messages_.empty() || messages_.back().role != "assistant") {
    throw UsageError("there is no answer yet to replace", "type a message first");
  }
  const ChatMessage before = std::move(messages_.back());
  messages_.pop_back();
  const std::size_t size = messages_.size();
  try {
    Generation generation = generate(++regenerations_, on_text, cancel);  // the same seed would give the same answer
    if (messages_.size() == size) messages_.push_back(before);
    return generation;
  } catch (...) {
    messages_.push_back(before);
    throw;
  }
}

void ChatSession::clear() {
  messages_.clear();
  forgotten_ = 0;
  regenerations_ = 0;
}

void ChatSession::set_messages(std::vector<ChatMessage> messages) {
  system_.clear();
  if (!messages.empty() && messages.front().role == "system") {
    system_ = messages.front().content;
    messages.erase(messages.begin());
  }
  messages_ = std::move(messages);
  forgotten_ = 0;
  regenerations_ = 0;
}

void ChatSession::set_param(const std::string& name, std::string_view text) {
  set_by_name(params_, defaults_, name, text);
  if (text == "default") {
    chosen_.erase(name);
  } else {
    chosen_.insert(name);
  }
}

void ChatSession::change_model(Model model, std::string path, const GenerationParams& defaults) {
  model_ = std::move(model);
  model_path_ = std::move(path);
  forgotten_ = 0;
  const GenerationParams before = params_;
  defaults_ = defaults;
  params_ = defaults;
  for (const std::string& name : chosen_) {
    // A bias names tokens of the old vocabulary and means nothing in another.
    if (name != "logit_bias") find_parameter(name)->copy(params_, before);
  }
}

std::int64_t ChatSession::used_tokens() const {
  if (messages_.empty() && system_.empty()) return 0;
  GenerateRequest request = make_request();
  request.chat.add_generation_prompt = false;
  return static_cast<std::int64_t>(model_.prompt_tokens(request).size());
}

void set_by_name(GenerationParams& params, const GenerationParams& defaults, std::string_view name,
                 std::string_view text) {
  const Parameter* parameter = find_parameter(name);
  if (parameter == nullptr) {
    std::vector<std::string> names;
    names.reserve(generation_parameters().size());
    for (const Parameter& known : generation_parameters()) names.emplace_back(known.name);
    throw UsageError(fmt::format("there is no parameter {}", quote(name)),
                     did_you_mean(name, names, "/set lists the parameters"));
  }
  GenerationParams changed = params;
  if (text == "default") {
    parameter->copy(changed, defaults);
  } else {
    if (parameter->kind == ParameterKind::kList) {
      GenerationParams empty;
      empty.dry_sequence_breakers.clear();
      parameter->copy(changed, empty);
    }
    parameter->set(changed, name, text);
  }
  check_params(changed);
  params = changed;
}

}  // namespace hearth::cli
