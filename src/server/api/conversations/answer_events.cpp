// An answer as it is being written, for anybody who listens, whenever they come.
#include "server/api/api_answer.h"
#include "server/api/conversations/conversations_api.h"
#include "store/conversation_json.h"

namespace hearth {

void follow_answer(Conversations& conversations, const ExchangePtr& exchange) {
  const std::string& owner = exchange->request().principal.key_name;
  const std::string& id = exchange->request().path_param("id");
  const std::string& message_id = exchange->request().path_param("mid");
  const auto store = conversations.store();
  store->message(owner, id, message_id);  // it is there, and this caller's
  const auto answer = conversations.answers().find(message_id);
  if (answer != nullptr && answer->listen(exchange)) return;
  // It has ended, and its last text is in the store. Whole, for it may be larger than a stream may hold back.
  const StoredMessage message = store->message(owner, id, message_id);
  std::string text = sse("snapshot", message_json(message));
  if (message.state != MessageState::kRunning) text += sse("done", message_json(message));
  exchange->respond(200, "text/event-stream; charset=utf-8", std::move(text),
                    {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}});
}

}  // namespace hearth
