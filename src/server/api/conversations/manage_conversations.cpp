// Conversations as a list: made, found, changed, deleted, restored, branched.
#include <fmt/format.h>

#include <utility>

#include "server/api/api_answer.h"
#include "server/api/conversations/conversation_fields.h"
#include "server/api/conversations/conversations_api.h"
#include "store/conversation_json.h"

namespace hearth {
namespace {

const std::string& owner_of(const ExchangePtr& exchange) { return exchange->request().principal.key_name; }
const std::string& id_of(const ExchangePtr& exchange) { return exchange->request().path_param("id"); }

/// A preset gives what is not said otherwise; the conversation then has it, whatever becomes of the preset.
struct PresetParts {
  std::optional<std::optional<std::string>> system;
  std::optional<std::string> model, parameters;
};

PresetParts parts_of(ConversationStore& store, const std::string& owner, const std::string& id) {
  try {
    const Preset preset = store.preset(owner, id);
    PresetParts parts;
    parts.system = preset.system;
    if (!preset.model.empty()) parts.model = preset.model;
    parts.parameters = preset.parameters_json;
    return parts;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound || dynamic_cast<const StoreError*>(&error) != nullptr) throw;
    throw bad_field("preset_id", "preset_id: " + error.message());
  }
}

json::array counts_json(const std::vector<NameCount>& counts) {
  json::array array;
  for (const NameCount& each : counts) array.push_back({{"name", each.name}, {"count", each.count}});
  return array;
}

}  // namespace

void list_conversations(Conversations& conversations, const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request();
  const auto text = [&](std::string_view name) {
    const std::string* value = request.query_value(name);
    return value == nullptr ? std::nullopt : std::optional(*value);
  };
  constexpr std::size_t kUsual = 50;
  ConversationFilter filter;
  filter.query = text("q").value_or("");
  filter.folder = text("folder");
  filter.tag = text("tag");
  filter.pinned = read_switch(request, "pinned");
  filter.deleted = read_switch(request, "deleted").value_or(false);
  filter.limit = read_count(request, "limit", kUsual, StoreLimits::kPage);
  filter.cursor = text("cursor").value_or("");
  const ConversationPage page = conversations.store()->list(owner_of(exchange), filter);
  json::array items;
  for (const Conversation& conversation : page.conversations) items.push_back(conversation_json(conversation));
  respond_json(*exchange,
               {{"conversations", std::move(items)},
                {"next_cursor", page.next_cursor.empty() ? json::value(nullptr) : json::value(page.next_cursor)}});
}

void create_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const auto system = nullable_system(fields, "system");
  const auto parameters = read_parameters(fields, conversations.context().limits);
  Conversation conversation;
  conversation.title = fields.string("title").value_or("");
  conversation.title_is_automatic = conversation.title.empty();
  conversation.model = fields.string("model").value_or("");
  conversation.preset_id = fields.string("preset_id").value_or("");
  conversation.folder = fields.string("folder").value_or("");
  conversation.tags = read_tags(fields).value_or(std::vector<std::string>());
  const auto store = conversations.store();
  PresetParts preset;
  if (!conversation.preset_id.empty()) preset = parts_of(*store, owner_of(exchange), conversation.preset_id);
  conversation.system = system ? *system : preset.system.value_or(std::nullopt);
  if (conversation.model.empty()) conversation.model = preset.model.value_or("");
  conversation.parameters_json = merged_parameters(preset.parameters.value_or("{}"), parameters.value_or("{}"));
  respond_json(*exchange, conversation_json(store->create(owner_of(exchange), std::move(conversation))), 201);
}

void show_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request();
  const bool whole = read_switch(request, "tree").value_or(false);
  const bool with_messages = read_switch(request, "messages").value_or(true);
  const auto store = conversations.store();
  json::object answer = conversation_json(store->find(owner_of(exchange), id_of(exchange)));
  if (with_messages) {
    auto messages =
        whole ? store->tree(owner_of(exchange), id_of(exchange)) : store->path(owner_of(exchange), id_of(exchange));
    json::array items;
    for (StoredMessage& message : messages) {
      conversations.answers().refresh(message);
      items.push_back(message_json(message));
    }
    answer["messages"] = std::move(items);
  }
  respond_json(*exchange, answer);
}

void change_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  ConversationChanges changes;
  changes.title = nullable_text(fields, "title");
  changes.pinned = fields.boolean("pinned");
  changes.folder = nullable_text(fields, "folder");
  changes.tags = read_tags(fields);
  changes.model = nullable_text(fields, "model");
  changes.preset_id = nullable_text(fields, "preset_id");
  changes.system = nullable_system(fields, "system");
  changes.parameters_json = read_parameters(fields, conversations.context().limits);
  changes.leaf_id = fields.string("leaf_id");
  const auto store = conversations.store();
  if (changes.preset_id && !changes.preset_id->empty()) {
    PresetParts preset = parts_of(*store, owner_of(exchange), *changes.preset_id);
    if (!changes.system) changes.system = preset.system;
    if (!changes.model) changes.model = preset.model;
    if (!changes.parameters_json) changes.parameters_json = preset.parameters;
  }
  respond_json(*exchange, conversation_json(store->change(owner_of(exchange), id_of(exchange), changes)));
}

void delete_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const bool forever = read_switch(exchange->request(), "forever").value_or(false);
  const auto store = conversations.store();
  store->find(owner_of(exchange), id_of(exchange));
  // Nobody will read them.
  for (const auto& answer : conversations.answers().of(id_of(exchange))) answer->stop();
  json::object answer{{"deleted", true}};
  if (forever) {
    store->remove_forever(owner_of(exchange), id_of(exchange));
    answer["purged_ms"] = nullptr;
  } else {
    answer["purged_ms"] = store->remove(owner_of(exchange), id_of(exchange));
  }
  respond_json(*exchange, answer);
}

void restore_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  respond_json(*exchange, conversation_json(conversations.store()->restore(owner_of(exchange), id_of(exchange))));
}

void branch_conversation(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const std::string message = fields.required_string("message_id");
  const std::string title = fields.string("title").value_or("");
  respond_json(*exchange,
               conversation_json(conversations.store()->branch(owner_of(exchange), id_of(exchange), message, title)),
               201);
}

void list_folders(Conversations& conversations, const ExchangePtr& exchange) {
  const auto store = conversations.store();
  respond_json(*exchange, {{"folders", counts_json(store->folders(owner_of(exchange)))},
                           {"tags", counts_json(store->tags(owner_of(exchange)))}});
}

}  // namespace hearth
