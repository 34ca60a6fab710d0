// Conversations as Ollama's API writes them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hearth/model.h"
#include "server/api/request_fields.h"

namespace hearth {

/// "messages": role, content, thinking, tool_calls with arguments as objects, tool_name. Calls get ids where they have
/// none, and results of tools those of the calls that they answer: by name, else in order. A missing list is an empty
/// one. Errors: 400 naming message and field, too for images.
std::vector<ChatMessage> read_ollama_messages(const RequestFields& fields, std::size_t most);

/// "images" must be missing or empty. Errors: 400.
void refuse_images(const RequestFields& fields);

}  // namespace hearth
