// How much of the context a conversation takes: exact where its model is loaded, else an estimate; nothing is loaded
// for it.
#include <fmt/format.h>

#include <algorithm>

#include "server/api/api_answer.h"
#include "server/api/chat_call.h"
#include "server/api/conversations/answer_plan.h"
#include "server/api/conversations/conversation_fields.h"
#include "server/api/conversations/conversations_api.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

constexpr std::size_t kMostDraft = 100'000'000;
constexpr std::size_t kMostExact = std::size_t{1} << 20;  // bytes; a gauge must not hold up answers
constexpr std::int64_t kBytesAToken = 4;                  // of English prose; more of code and other languages
constexpr std::int64_t kTokensAMessage = 4;               // what templates write around one

struct Size {
  std::int64_t tokens = 0, context = 0;
  bool is_exact = false;
};

std::int64_t estimated(const std::vector<ChatMessage>& messages) {
  std::int64_t tokens = 0;
  for (const ChatMessage& message : messages)
    tokens += static_cast<std::int64_t>(message.content.size()) / kBytesAToken + kTokensAMessage;
  return tokens;
}

/// What was measured when the last answer was written, and an estimate of what came behind it.
std::int64_t remembered(const std::vector<StoredMessage>& path, const std::vector<ChatMessage>& all) {
  for (std::size_t i = path.size(); i-- > 0;) {
    const AnswerFacts& facts = path[i].facts;
    if (!facts.prompt_tokens || !facts.completion_tokens) continue;
    const std::vector<StoredMessage> behind(path.begin() + static_cast<std::ptrdiff_t>(i) + 1, path.end());
    return *facts.prompt_tokens + *facts.completion_tokens + estimated(chat_messages({}, behind));
  }
  return estimated(all);
}

std::optional<LoadedModelStatus> loaded(ModelManager& models, const std::string& name) {
  if (name.empty()) return std::nullopt;
  try {
    const std::string id = models.resolve(name).id;
    for (const LoadedModelStatus& model : models.status().loaded) {
      if (model.id == id && model.is_current) return model;
    }
  } catch (const Error&) {
    // A model that is gone has no context to fill.
  }
  return std::nullopt;
}

std::int64_t context_of(ModelManager& models, const std::string& name) {
  constexpr std::int64_t kUsualMost = 8192;  // ModelOptions::context of 0
  try {
    return name.empty() ? 0 : std::min(models.resolve(name).context, kUsualMost);
  } catch (const Error&) {
    return 0;
  }
}

Size measure(Conversations& conversations, const Conversation& conversation, const std::vector<StoredMessage>& path) {
  ModelManager& models = conversations.context().models;
  const std::vector<ChatMessage> messages = chat_messages(conversation, path);
  Size size;
  size.tokens = remembered(path, messages);
  const auto model = loaded(models, conversation.model);
  if (!model) {
    size.context = context_of(models, conversation.model);
    return size;
  }
  size.context = model->context;
  std::size_t bytes = 0;
  for (const ChatMessage& message : messages) bytes += message.content.size();
  if (messages.empty() || bytes > kMostExact) return size;
  const Lease lease = models.acquire_now(conversation.model);
  ChatCall call;
  call.request = default_request(lease);
  call.request.messages = messages;
  size.tokens = static_cast<std::int64_t>(lease->prompt_tokens(ready_chat(lease, std::move(call)).request).size());
  size.is_exact = true;
  return size;
}

}  // namespace

void measure_context(Conversations& conversations, const ExchangePtr& exchange) {
  const std::size_t draft = read_count(exchange->request(), "draft_tokens", 0, kMostDraft);
  const std::string& owner = exchange->request().principal.key_name;
  const std::string& id = exchange->request().path_param("id");
  const auto store = conversations.store();
  const Conversation conversation = store->find(owner, id);
  std::vector<StoredMessage> path = store->path(owner, id);
  for (StoredMessage& message : path) conversations.answers().refresh(message);
  const Size size = measure(conversations, conversation, path);
  respond_json(*exchange, {{"tokens", size.tokens + static_cast<std::int64_t>(draft)},
                           {"context_length", size.context},
                           {"exact", size.is_exact}});
}

}  // namespace hearth
