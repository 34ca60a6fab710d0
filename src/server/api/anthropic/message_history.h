// The conversation of a request as Anthropic writes it: messages of content blocks, and a system prompt beside them.
#pragma once

#include <string>
#include <vector>

#include "hearth/model.h"
#include "server/api/request_fields.h"

namespace hearth {

struct MessageHistory {
  std::vector<ChatMessage> messages;  ///< never empty; turns of one role that follow each other are one
  /// What the request has already written of the answer: the text of an assistant's message at the end, which is not
  /// among `messages`.
  std::string prefill = {};
};

/// "system" and "messages". Blocks: text, tool_use, tool_result, thinking, redacted_thinking (which nobody here can
/// read: it is left out). Errors: 400 naming the block, for images, documents and all other types, too; for more than
/// `most` messages; for results of calls that were never made.
MessageHistory read_message_history(const RequestFields& fields, std::size_t most);

}  // namespace hearth
