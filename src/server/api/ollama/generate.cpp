// POST /api/generate: one prompt and its answer, by the model's template or as it is.
#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>

#include "server/api/chat_fields.h"
#include "server/api/infill.h"
#include "server/api/ollama/ollama_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_messages.h"
#include "server/api/tools/apply_tools.h"

namespace hearth {
namespace {

struct PromptCall {
  std::string prompt, suffix;
  std::optional<std::string> system, chat_template;
  std::vector<TokenId> context;
  bool raw = false;
};

std::vector<TokenId> read_context(const RequestFields& fields) {
  std::vector<TokenId> ids;
  const json::array* items = fields.array("context");
  if (items == nullptr) return ids;
  ids.reserve(items->size());
  for (const json::value& item : *items) {
    const std::int64_t id = item.is_int64() ? item.get_int64() : -1;
    if (id < 0 || id > std::numeric_limits<TokenId>::max())
      throw bad_field("context", fmt::format("context[{}] is no token id", ids.size()));
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

PromptCall read_prompt(const RequestFields& fields, const ApiLimits& limits) {
  PromptCall prompt;
  refuse_images(fields);
  prompt.prompt = fields.string("prompt").value_or("");
  prompt.suffix = fields.string("suffix").value_or("");
  prompt.system = fields.string("system");
  if (prompt.system && prompt.system->empty()) prompt.system.reset();  // the model's own, as without it
  prompt.context = read_context(fields);
  prompt.raw = fields.boolean("raw").value_or(false);
  const auto given = fields.string("template");
  if (prompt.raw && (prompt.system || !prompt.context.empty() || (given && !given->empty())))
    throw bad_field("raw", "raw prompts go without template, system and context");
  if (given && !given->empty()) prompt.chat_template = read_template(*given, "template", limits.max_constraint);
  return prompt;
}

class PromptAnswer : public OllamaAnswer {
 public:
  PromptAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, OllamaCall call, PromptCall prompt)
      : OllamaAnswer(context, std::move(exchange), std::move(call)), prompt_(std::move(prompt)) {}

 private:
  std::vector<GenerateRequest> prepare() override {
    GenerateRequest request = begin_request(lease(), call(), prompt_.chat_template);
    if (!prompt_.suffix.empty()) {
      ids_ = infill_prompt(lease().model(), prompt_.prompt, prompt_.suffix);
    } else if (prompt_.raw) {
      request.prompt = prompt_.prompt;
      request.parse_special = true;  // whoever sends a whole prompt writes its control tokens too
      ids_ = lease()->fitting_prompt_tokens(request);
      request.prompt.clear();
    } else {
      ids_ = conversation(request);
    }
    request.prompt_ids = ids_;
    return {std::move(request)};
  }

  /// The prompt as the first message, or as the next one behind "context".
  std::vector<TokenId> conversation(GenerateRequest& request) {
    for (const TokenId id : prompt_.context) {
      if (id >= lease()->info().n_vocab)
        throw bad_field("context", fmt::format("context: {} is no token of this model", id));
    }
    if (prompt_.system) request.messages.push_back({"system", *prompt_.system});
    request.messages.push_back({"user", prompt_.prompt});
    // What the model was made with stands in the context already.
    if (prompt_.context.empty()) add_overlay_messages(lease(), request.messages);
    const std::string source = template_of(lease(), request);
    AnswerFormat format = apply_tools(ToolPlan{}, source, request).format;
    if (call().may_reason() && knows_reasoning(source))
      apply_reasoning(source, lease()->render_chat(request.messages, request.chat), request, format);
    read_as(std::move(format));
    std::vector<TokenId> ids = lease()->fitting_prompt_tokens(request);
    request.messages.clear();
    if (prompt_.context.empty()) return ids;
    const auto bos = lease()->info().bos;
    if (bos && !ids.empty() && ids.front() == *bos) ids.erase(ids.begin());
    ids.insert(ids.begin(), prompt_.context.begin(), prompt_.context.end());
    return ids;
  }

  void put(json::object& line, const AnswerDelta& delta, std::size_t /*n_before*/) const override {
    line["response"] = delta.text;
    if (!delta.thinking.empty()) line["thinking"] = delta.thinking;
  }

  void put_more(json::object& line, const Generation& generation) const override {
    if (prompt_.raw) return;
    json::array context(ids_.begin(), ids_.end());
    context.insert(context.end(), generation.ids.begin(), generation.ids.end());
    line["context"] = std::move(context);
  }

  PromptCall prompt_;
  std::vector<TokenId> ids_;
};

}  // namespace

void ollama_generate(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  OllamaCall call = read_ollama_call(parse_body(exchange->request().body), context.limits);
  PromptCall prompt = read_prompt(RequestFields(call.body), context.limits);
  if (prompt.prompt.empty() && prompt.suffix.empty())
    return load_or_unload(context, exchange, call, [](json::object& body) { body["response"] = ""; });
  std::make_shared<PromptAnswer>(context, exchange, std::move(call), std::move(prompt))->run();
}

}  // namespace hearth
