// Conversations out of the store and into it: JSON and Markdown.
#include <fmt/format.h>

#include <utility>

#include "server/api/api_answer.h"
#include "server/api/conversations/conversations_api.h"
#include "server/api/request_fields.h"
#include "store/conversation_json.h"

namespace hearth {
namespace {

constexpr int kDeepest = 176;

ExportedConversation whole(ConversationStore& store, const std::string& owner, Conversation conversation) {
  std::vector<StoredMessage> messages = store.tree(owner, conversation.id);
  return {std::move(conversation), std::move(messages)};
}

void respond_file(const ExchangePtr& exchange, const char* type, const std::string& name, std::string body) {
  exchange->respond(200, type, std::move(body),
                    {{"Content-Disposition", fmt::format("attachment; filename=\"{}\"", name)}});
}

std::vector<ExportedConversation> read_import(const std::string& body) {
  json::value value;
  try {
    value = parse_json(body, "the body", kDeepest);
  } catch (const Error& error) {
    throw bad_field("", error.message());
  }
  if (!value.is_object()) throw bad_field("", "the body must be an object");
  const RequestFields fields(value.get_object());
  fields.array("conversations");
  if (fields.string("format").value_or("") == "markdown")
    return {parse_exported_markdown(fields.required_string("text"))};
  return parse_exported_json(body);
}

}  // namespace

void export_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const std::string& owner = exchange->request().principal.key_name;
  const std::string& id = exchange->request().path_param("id");
  const std::string* format = exchange->request().query_value("format");
  const bool markdown = format != nullptr && *format == "markdown";
  if (format != nullptr && !markdown && *format != "json") throw bad_field("format", "format must be json or markdown");
  const auto store = conversations.store();
  Conversation conversation = store->find(owner, id);
  if (markdown) {
    std::string text = export_markdown(conversation, store->path(owner, id));
    return respond_file(exchange, "text/markdown; charset=utf-8", conversation.id + ".md", std::move(text));
  }
  const std::string name = conversation.id + ".json";
  respond_file(exchange, kJsonType, name, export_json({whole(*store, owner, std::move(conversation))}));
}

void export_conversations(Conversations& conversations, const ExchangePtr& exchange) {
  const std::string& owner = exchange->request().principal.key_name;
  const auto store = conversations.store();
  std::vector<ExportedConversation> all;
  ConversationFilter filter;
  filter.limit = StoreLimits::kPage;
  do {
    ConversationPage page = store->list(owner, filter);
    for (Conversation& conversation : page.conversations) all.push_back(whole(*store, owner, std::move(conversation)));
    filter.cursor = page.next_cursor;
  } while (!filter.cursor.empty());
  respond_file(exchange, kJsonType, "conversations.json", export_json(all));
}

void import_conversations(Conversations& conversations, const ExchangePtr& exchange) {
  const std::string& owner = exchange->request().principal.key_name;
  std::vector<ExportedConversation> all = read_import(exchange->request().body);
  const auto store = conversations.store();
  json::array made;
  for (ExportedConversation& each : all)
    made.push_back(conversation_json(store->import(owner, std::move(each.conversation), std::move(each.messages))));
  respond_json(*exchange, {{"conversations", std::move(made)}}, 201);
}

}  // namespace hearth
