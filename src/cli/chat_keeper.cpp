#include "cli/chat_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/unicode.h"
#include "cli/notice.h"
#include "cli/usage_error.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

/// The session keeps what the model wrote; the page shows reasoning apart.
void split_reasoning(StoredMessage& message) {
  constexpr std::string_view kOpen = "<think>", kClose = "</think>";
  const std::string& text = message.content;
  const std::size_t end = text.find(kClose);
  const std::string_view begin = trimmed(std::string_view(text).substr(0, end));
  // Without the opening mark the prompt has opened it.
  if (end == std::string::npos) return;
  std::string reasoning(trimmed(begin.starts_with(kOpen) ? begin.substr(kOpen.size()) : begin));
  std::string content(trimmed(std::string_view(text).substr(end + kClose.size())));
  message.raw = text;
  message.reasoning = std::move(reasoning);
  message.content = std::move(content);
}

AnswerFacts facts_of(const Generation& generation, std::int64_t context) {
  const GenerationStats& stats = generation.stats;
  AnswerFacts facts;
  facts.prompt_tokens = stats.prompt_tokens;
  facts.cached_tokens = stats.reused_tokens;
  facts.completion_tokens = stats.generated_tokens;
  facts.tokens_per_second = stats.generated_tokens_per_second();
  facts.context_length = context;
  return facts;
}

}  // namespace

std::shared_ptr<ChatKeeper> ChatKeeper::open() {
  try {
    return std::make_shared<ChatKeeper>(ConversationStore::open(ConversationStore::usual_path()));
  } catch (const Error& error) {
    notice(fmt::format("this conversation is not kept: {}", error.message()));
    return nullptr;
  }
}

void ChatKeeper::resume(const Conversation& conversation, ChatSession& session) {
  id_ = conversation.id;
  system_ = conversation.system;
  std::vector<ChatMessage> messages;
  if (conversation.system && !conversation.system->empty()) messages.push_back({"system", *conversation.system});
  for (const StoredMessage& stored : store_->path("", id_)) {
    const std::string text = stored.role == "user" ? message_text(stored) : stored.written();
    messages.push_back({stored.role, text});
    kept_.push_back({stored.id, stored.role, text});
  }
  session.set_messages(std::move(messages));
}

void ChatKeeper::set_model(std::string named, std::string path) {
  named_ = std::move(named);
  path_ = std::move(path);
  model_.clear();
}

const std::string& ChatKeeper::model() {
  if (model_.empty()) model_ = kept_model_name(named_, path_);
  return model_;
}

void ChatKeeper::keep(const ChatSession& session, const Generation* last) {
  try {
    bring(session, last);
    told_problem_.clear();
  } catch (const Error& error) {
    if (std::exchange(told_problem_, error.message()) != error.message())
      notice(fmt::format("this conversation is not kept: {}", error.message()));
  }
}

void ChatKeeper::begin(const ChatSession& session) {
  Conversation conversation;
  conversation.model = model();
  if (!session.system().empty()) conversation.system = session.system();
  system_ = conversation.system;
  id_ = store_->create("", std::move(conversation)).id;
  kept_.clear();
}

void ChatKeeper::bring(const ChatSession& session, const Generation* last) {
  const std::vector<ChatMessage>& messages = session.messages();
  std::size_t same = 0;
  while (same < std::min(kept_.size(), messages.size()) && kept_[same].role == messages[same].role &&
         kept_[same].text == messages[same].content)
    ++same;
  if (same == 0 && (messages.empty() || !kept_.empty())) {
    // Cleared, or another one was loaded: that is not a change of what was said before.
    id_.clear();
    kept_.clear();
  }
  if (same == messages.size()) return;
  if (id_.empty()) begin(session);
  std::vector<Kept> kept(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(same));
  for (std::size_t i = same; i < messages.size(); ++i) {
    StoredMessage message;
    message.role = messages[i].role == "assistant" ? "assistant" : "user";
    message.content = replace_invalid_utf8(messages[i].content);
    message.parent_id = kept.empty() ? "" : kept.back().id;
    if (message.role == "assistant") {
      split_reasoning(message);
      message.model = model();
      const bool is_last = last != nullptr && i + 1 == messages.size() && last->text == messages[i].content;
      message.finish_reason = is_last ? finish_reason_name(last->finish_reason) : "stop";
      if (is_last) message.facts = facts_of(*last, session.model().context());
    }
    kept.push_back({store_->add("", id_, {std::move(message)}).front().id, messages[i].role, messages[i].content});
  }
  kept_ = std::move(kept);
  ConversationChanges changes;
  const std::optional<std::string> system = session.system().empty() ? std::nullopt : std::optional(session.system());
  if (system != system_) changes.system = system;
  changes.model = model();
  store_->change("", id_, changes);
  system_ = system;
}

std::string ChatKeeper::title() { return id_.empty() ? std::string() : store_->find("", id_).title; }

void ChatKeeper::set_title(const std::string& title) {
  if (id_.empty()) throw UsageError("there is nothing to give a title to yet", "type a message first");
  ConversationChanges changes;
  changes.title = title;
  store_->change("", id_, changes);
}

std::string kept_model_name(const std::string& named, const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(named, ignored) && is_model_name(named)) return named;
  const auto real = std::filesystem::weakly_canonical(path, ignored);
  for (const LocalModel& model : local_models()) {
    if (std::filesystem::weakly_canonical(model.path, ignored) == real) return model.name;
  }
  return real.string();
}

}  // namespace hearth::cli
