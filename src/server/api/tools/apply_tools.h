// Brings a request's tools to a model: what its prompt shows of them, what its answer is held to, and how the answer is
// to be read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hearth/model.h"
#include "server/api/tools/answer_parser.h"
#include "server/api/tools/tool_definitions.h"

namespace hearth {

struct AppliedTools {
  AnswerFormat format;
  /// What a schema asks for that cannot be enforced and was left out (tools that are not strict), each as a sentence.
  std::vector<std::string> dropped;
};

/// Call it for every conversation, with or without tools: messages may hold calls and results of earlier ones, which
/// are brought to the form that `chat_template` (the source of the template in use) takes: arguments as objects or
/// text, ids, or all as plain text.
///
/// Sets request.chat.tools_json, or tells of the tools in a message; and the constraint: for kRequired and kNamed only
/// calls that satisfy the tools' schemas, instead of whatever constraint there was; for kAuto in Hermes' style free
/// text in which a call, once begun, satisfies its schema (where the request has a constraint of its own, that stays,
/// and the answer may be a call instead). Errors: 400 for a strict tool whose schema cannot be enforced, and for what
/// is no schema, naming tool, keyword and place.
AppliedTools apply_tools(const ToolPlan& plan, std::string_view chat_template, GenerateRequest& request);

/// Whether a template speaks of reasoning: only then has a prompt to be rendered for apply_reasoning().
bool knows_reasoning(std::string_view chat_template);

/// For models that reason: looks whether `prompt` (rendered from `request`) has opened the reasoning, lets the
/// constraint begin behind it, and the parser find it. Without reasoning in the template it does nothing.
void apply_reasoning(std::string_view chat_template, std::string_view prompt, GenerateRequest& request,
                     AnswerFormat& format);

}  // namespace hearth
