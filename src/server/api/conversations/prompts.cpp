// Prompts: texts with {{variables}} under the name of a slash command.
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/conversations/conversation_fields.h"
#include "server/api/conversations/conversations_api.h"
#include "store/conversation_json.h"

namespace hearth {
namespace {

const std::string& owner_of(const ExchangePtr& exchange) { return exchange->request().principal.key_name; }
const std::string& id_of(const ExchangePtr& exchange) { return exchange->request().path_param("id"); }

}  // namespace

void list_prompts(Conversations& conversations, const ExchangePtr& exchange) {
  json::array items;
  for (const SavedPrompt& prompt : conversations.store()->prompts(owner_of(exchange)))
    items.push_back(prompt_json(prompt));
  respond_json(*exchange, {{"prompts", std::move(items)}});
}

void create_prompt(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  SavedPrompt prompt;
  prompt.name = fields.required_string("name");
  prompt.description = fields.string("description").value_or("");
  prompt.text = fields.required_string("text");
  respond_json(*exchange, prompt_json(conversations.store()->add_prompt(owner_of(exchange), std::move(prompt))), 201);
}

void show_prompt(Conversations& conversations, const ExchangePtr& exchange) {
  respond_json(*exchange, prompt_json(conversations.store()->prompt(owner_of(exchange), id_of(exchange))));
}

void change_prompt(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const auto name = fields.string("name");
  const auto description = nullable_text(fields, "description");
  const auto text = fields.string("text");
  const auto store = conversations.store();
  SavedPrompt prompt = store->prompt(owner_of(exchange), id_of(exchange));
  if (name) prompt.name = *name;
  if (description) prompt.description = *description;
  if (text) prompt.text = *text;
  store->change_prompt(owner_of(exchange), prompt);
  respond_json(*exchange, prompt_json(prompt));
}

void delete_prompt(Conversations& conversations, const ExchangePtr& exchange) {
  conversations.store()->remove_prompt(owner_of(exchange), id_of(exchange));
  respond_json(*exchange, {{"deleted", true}});
}

}  // namespace hearth
