#include "cli/find_conversation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/quote.h"
#include "base/unicode.h"

namespace hearth::cli {
namespace {

std::string lower(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    append_utf8(result, to_lower(point.value));
    at += point.length;
  }
  return result;
}

}  // namespace

std::vector<Conversation> all_conversations(ConversationStore& store, ConversationFilter filter) {
  std::vector<Conversation> all;
  filter.limit = StoreLimits::kPage;
  do {
    ConversationPage page = store.list("", filter);
    all.insert(all.end(), page.conversations.begin(), page.conversations.end());
    filter.cursor = page.next_cursor;
  } while (!filter.cursor.empty());
  return all;
}

Conversation find_conversation(ConversationStore& store, const std::string& text, bool deleted) {
  ConversationFilter filter;
  filter.deleted = deleted;
  std::vector<Conversation> all = all_conversations(store, filter);
  // A pin says nothing of when it was used.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.updated_ms > b.updated_ms; });
  const char* which = deleted ? "deleted conversation" : "conversation";
  if (text.empty()) {
    if (all.empty())
      throw Error(ErrorCode::kNotFound, fmt::format("there is no {} yet", which), "'hearth chat' begins one");
    return all.front();
  }
  std::vector<const Conversation*> by_id;
  for (const Conversation& each : all) {
    if (each.id == text) return each;
    if (each.id.starts_with(text) || each.id.starts_with("cnv_" + text)) by_id.push_back(&each);
  }
  if (by_id.size() == 1) return *by_id.front();
  const std::string wanted = lower(text);
  for (const Conversation& each : all) {
    if (lower(each.title).find(wanted) != std::string::npos) return each;
  }
  if (!by_id.empty()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} ids begin with {}", by_id.size(), quote(text)),
                "give more of it");
  }
  throw Error(ErrorCode::kNotFound, fmt::format("there is no {} {}", which, quote(text)),
              deleted ? "'hearth conversations list --deleted' lists them" : "'hearth conversations list' lists them");
}

}  // namespace hearth::cli
