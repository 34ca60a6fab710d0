// Items: what the Responses API makes a conversation of (messages, calls, their outputs, reasoning), to the messages
// that chat templates know.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hearth/model.h"
#include "server/api/request_fields.h"
#include "server/api/responses/response_store.h"

namespace hearth {

/// "input": a text or items. Each item gets what it may leave out: its type and an id; in the place of a reference
/// comes what a kept response of `owner` has under its id. Errors: 400, also for an item that is meant twice; 404 where
/// none such is kept.
json::array read_input_items(const RequestFields& fields, std::size_t most, ResponseStore& store,
                             const std::string& owner);

/// Takes items one by one, in their order. Reasoning, a text and calls of an assistant that follow each other are one
/// message.
class ItemMessages {
 public:
  /// Errors: 400 naming the field, for items of other types and for outputs of calls that were never made.
  void add(const RequestFields& item);
  std::vector<ChatMessage> take() { return std::move(messages_); }

 private:
  void add_message(const RequestFields& item);
  void add_call(const RequestFields& item);
  void add_output(const RequestFields& item);
  void add_reasoning(const RequestFields& item);
  bool is_behind_assistant() const { return !messages_.empty() && messages_.back().role == "assistant"; }
  bool is_behind_reasoning() const;  ///< of an assistant who has said nothing yet

  std::vector<ChatMessage> messages_;
  std::map<std::string, std::string> names_;  // of the functions, by id of the call
};

}  // namespace hearth
