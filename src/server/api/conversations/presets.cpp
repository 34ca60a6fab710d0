// Presets: a system prompt, a model and parameters under a name.
#include <functional>
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/conversations/conversation_fields.h"
#include "server/api/conversations/conversations_api.h"
#include "store/conversation_json.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

const std::string& owner_of(const ExchangePtr& exchange) { return exchange->request().principal.key_name; }
const std::string& id_of(const ExchangePtr& exchange) { return exchange->request().path_param("id"); }

/// Fields that are given replace those of `preset`.
using Change = std::function<void(Preset&)>;

Change read_change(Conversations& conversations, const RequestFields& fields) {
  const auto name = fields.string("name");
  const auto description = nullable_text(fields, "description");
  const auto system = nullable_system(fields, "system");
  const auto model = nullable_text(fields, "model");
  const auto parameters = read_parameters(fields, conversations.context().limits);
  const auto chat_template = nullable_system(fields, "template");
  if (chat_template && *chat_template) {
    try {
      ChatTemplate::parse(**chat_template, "template");
    } catch (const Error& error) {
      throw bad_field("template", error.message());
    }
  }
  return [=](Preset& preset) {
    if (name) preset.name = *name;
    if (description) preset.description = *description;
    if (system) preset.system = *system;
    if (model) preset.model = *model;
    if (parameters) preset.parameters_json = *parameters;
    if (chat_template) preset.chat_template = *chat_template;
  };
}

}  // namespace

void list_presets(Conversations& conversations, const ExchangePtr& exchange) {
  json::array items;
  for (const Preset& preset : conversations.store()->presets(owner_of(exchange))) items.push_back(preset_json(preset));
  respond_json(*exchange, {{"presets", std::move(items)}});
}

void create_preset(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  Preset preset;
  preset.name = fields.required_string("name");
  read_change(conversations, fields)(preset);
  respond_json(*exchange, preset_json(conversations.store()->add_preset(owner_of(exchange), std::move(preset))), 201);
}

void show_preset(Conversations& conversations, const ExchangePtr& exchange) {
  respond_json(*exchange, preset_json(conversations.store()->preset(owner_of(exchange), id_of(exchange))));
}

void change_preset(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const auto change = read_change(conversations, RequestFields(body));
  const auto store = conversations.store();
  Preset preset = store->preset(owner_of(exchange), id_of(exchange));
  change(preset);
  store->change_preset(owner_of(exchange), preset);
  respond_json(*exchange, preset_json(preset));
}

void delete_preset(Conversations& conversations, const ExchangePtr& exchange) {
  conversations.store()->remove_preset(owner_of(exchange), id_of(exchange));
  respond_json(*exchange, {{"deleted", true}});
}

}  // namespace hearth
