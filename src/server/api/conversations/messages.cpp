// Messages and answers of a conversation: sent, answered again, gone on with, stopped, deleted.
#include <fmt/format.h>

#include <span>
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/conversations/answer_plan.h"
#include "server/api/conversations/conversation_fields.h"
#include "server/api/conversations/conversations_api.h"
#include "store/conversation_json.h"

namespace hearth {
namespace {

constexpr std::size_t kMostModels = 8;  // side by side

const std::string& owner_of(const ExchangePtr& exchange) { return exchange->request().principal.key_name; }
const std::string& id_of(const ExchangePtr& exchange) { return exchange->request().path_param("id"); }
const std::string& message_of(const ExchangePtr& exchange) { return exchange->request().path_param("mid"); }

StoredMessage fresh_answer(const std::string& parent, std::string model, std::string parameters) {
  StoredMessage answer;
  answer.parent_id = parent;
  answer.role = "assistant";
  answer.model = std::move(model);
  answer.parameters_json = std::move(parameters);
  answer.state = MessageState::kRunning;
  return answer;
}

HttpError conflict(std::string message, std::string hint = {}) {
  return {
      ErrorCode::kUnsupported, std::move(message), {409, "invalid_request_error", "", "conflict", 0}, std::move(hint)};
}

/// What was asked for is chosen from now on.
void remember_model(ConversationStore& store, const ExchangePtr& exchange, const Conversation& conversation,
                    const std::optional<std::string>& model) {
  if (!model || model->empty() || *model == conversation.model) return;
  ConversationChanges changes;
  changes.model = *model;
  store.change(owner_of(exchange), conversation.id, changes);
}

/// Begins `answers`, one after the other. Those that cannot begin after all must not be left "running".
void begin_or_fail(Conversations& conversations, const ExchangePtr& exchange, const Conversation& conversation,
                   const std::vector<StoredMessage>& path, std::span<const StoredMessage> answers) {
  std::size_t begun = 0;
  try {
    for (; begun < answers.size(); ++begun)
      begin_answer(conversations, owner_of(exchange), conversation, path, answers[begun]);
  } catch (...) {  // whatever it is, even a thread that there is no room for
    std::vector<AnswerUpdate> updates;
    for (const StoredMessage& answer : answers.subspan(begun)) {
      AnswerUpdate update;
      update.message_id = answer.id;
      update.content = answer.content;
      update.reasoning = answer.reasoning;
      update.raw = answer.raw;
      update.state = MessageState::kCut;
      update.facts = answer.facts;
      updates.push_back(std::move(update));
    }
    conversations.store()->update_answers(updates);
    throw;
  }
}

struct SendCall {
  StoredMessage message;
  std::optional<std::string> parent;  ///< nothing: the leaf
  std::optional<std::string> model;
  std::vector<std::string> models;
  std::string parameters;
  bool answer = true;
};

SendCall read_send_call(Conversations& conversations, const RequestFields& fields) {
  SendCall call;
  call.message.role = "user";
  call.message.content = fields.required_string("content");
  call.message.attachments = read_attachments(fields);
  if (call.message.content.empty() && call.message.attachments.empty())
    throw bad_field("content", "content is empty, and there are no attachments");
  call.parent = nullable_text(fields, "parent_id");
  call.model = fields.string("model");
  if (fields.array("models") != nullptr) call.models = fields.strings("models", kMostModels);
  if (call.model && !call.models.empty()) throw bad_field("models", "model and models cannot both be given");
  call.parameters = read_parameters(fields, conversations.context().limits).value_or("{}");
  call.answer = fields.boolean("answer").value_or(true);
  return call;
}

}  // namespace

void send_message(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  SendCall call = read_send_call(conversations, RequestFields(body));
  const auto store = conversations.store();
  const Conversation conversation = store->find(owner_of(exchange), id_of(exchange));
  call.message.parent_id = call.parent.value_or(conversation.leaf_id);
  std::vector<StoredMessage> path;
  if (!call.message.parent_id.empty()) {
    path = store->path(owner_of(exchange), id_of(exchange), call.message.parent_id);
    const StoredMessage& parent = path.back();
    if (parent.state == MessageState::kRunning)
      throw conflict("the answer before is still being written", "wait for its end, or stop it");
  }
  const std::string parameters = merged_parameters(conversation.parameters_json, call.parameters);
  std::vector<StoredMessage> added = {call.message};
  added.front().id = random_id("msg_");
  if (call.answer) {
    if (call.models.empty()) {
      added.push_back(
          fresh_answer(added.front().id, chosen_model(conversations, conversation, call.model), parameters));
    }
    for (const std::string& model : call.models)
      added.push_back(fresh_answer(added.front().id, chosen_model(conversations, conversation, model), parameters));
  }
  added = store->add(owner_of(exchange), id_of(exchange), std::move(added));
  remember_model(*store, exchange, conversation, call.model);
  path.push_back(added.front());
  const std::span<const StoredMessage> fresh = std::span(added).subspan(1);
  begin_or_fail(conversations, exchange, conversation, path, fresh);
  json::array answers;
  for (const StoredMessage& answer : fresh) answers.push_back(message_json(answer));
  respond_json(*exchange, {{"message", message_json(added.front())}, {"answers", std::move(answers)}}, 202);
}

void answer_again(Conversations& conversations, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const std::string parent = fields.required_string("parent_id");
  const auto model = fields.string("model");
  const std::string given = read_parameters(fields, conversations.context().limits).value_or("{}");
  const auto store = conversations.store();
  const Conversation conversation = store->find(owner_of(exchange), id_of(exchange));
  const std::vector<StoredMessage> path = store->path(owner_of(exchange), id_of(exchange), parent);
  if (path.empty() || path.back().role != "user") throw bad_field("parent_id", "parent_id is no message of the user");
  StoredMessage answer = fresh_answer(parent, chosen_model(conversations, conversation, model),
                                      merged_parameters(conversation.parameters_json, given));
  answer = store->add(owner_of(exchange), id_of(exchange), {std::move(answer)}).front();
  remember_model(*store, exchange, conversation, model);
  begin_or_fail(conversations, exchange, conversation, path, {&answer, 1});
  respond_json(*exchange, {{"answer", message_json(answer)}}, 202);
}

void continue_answer(Conversations& conversations, const ExchangePtr& exchange) {
  const auto store = conversations.store();
  const Conversation conversation = store->find(owner_of(exchange), id_of(exchange));
  std::vector<StoredMessage> path = store->path(owner_of(exchange), id_of(exchange), message_of(exchange));
  const StoredMessage before = path.back();
  path.pop_back();
  if (before.role != "assistant") throw conflict("this message is no answer");
  if (before.state == MessageState::kRunning) throw conflict("the answer is being written already");
  if (before.state == MessageState::kDone && before.finish_reason == "stop")
    throw conflict("the answer is complete", "ask for another one, or go on with a message");
  const std::string model =
      chosen_model(conversations, conversation, before.model.empty() ? std::nullopt : std::optional(before.model));
  const StoredMessage answer =
      store->reopen_answer(owner_of(exchange), id_of(exchange), before.id, model, before.parameters_json);
  begin_or_fail(conversations, exchange, conversation, path, {&answer, 1});
  respond_json(*exchange, {{"answer", message_json(answer)}}, 202);
}

void stop_answer(Conversations& conversations, const ExchangePtr& exchange) {
  const auto store = conversations.store();
  StoredMessage message = store->message(owner_of(exchange), id_of(exchange), message_of(exchange));
  const auto answer = conversations.answers().find(message.id);
  const auto respond = [exchange, siblings = message.siblings](StoredMessage told) {
    told.siblings = siblings;
    respond_json(*exchange, message_json(told));
  };
  if (answer != nullptr && answer->when_told(respond)) return answer->stop();
  respond_json(*exchange, message_json(store->message(owner_of(exchange), id_of(exchange), message.id)));
}

void delete_message(Conversations& conversations, const ExchangePtr& exchange) {
  const auto store = conversations.store();
  const std::int64_t n = store->remove_message(owner_of(exchange), id_of(exchange), message_of(exchange));
  for (const auto& answer : conversations.answers().of(id_of(exchange))) {
    try {
      store->message(owner_of(exchange), id_of(exchange), answer->id());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      answer->stop();  // it was one of them
    }
  }
  respond_json(*exchange, {{"deleted", n}});
}

}  // namespace hearth
