// Earlier calls and their results in a conversation, brought to the form that a model's template takes.
#pragma once

#include <string>
#include <vector>

#include "hearth/model.h"
#include "server/api/tools/tool_definitions.h"
#include "server/api/tools/tool_style.h"

namespace hearth {

/// Whether any message holds calls, or the result of one.
bool speak_of_calls(const std::vector<ChatMessage>& messages);

/// Where the template knows calls: "arguments" become objects (or text), ids get the form it wants, and a message with
/// more calls than it takes becomes several, each followed by its result. Else calls become text of the assistant in
/// Hermes' form, and results text of the user. Errors: 400 naming "messages[i].tool_calls" where that is no list of
/// calls.
void adapt_messages(const ToolSupport& support, std::vector<ChatMessage>& messages);

/// The tools as OpenAI's API writes them, which is what templates expect.
std::string tools_json(const std::vector<ToolDefinition>& tools);

/// Tells a model whose template knows no tools what there is and how to call it: in the system message, or (where the
/// template takes none) before the first question.
void add_tool_message(const ToolPlan& plan, bool takes_system, std::vector<ChatMessage>& messages);

}  // namespace hearth
