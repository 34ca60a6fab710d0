// The tools that a request offers to a model, read from the forms in which the APIs write them. What the model is shown
// and held to is apply_tools()'s business.
#pragma once

#include <string>
#include <vector>

#include "server/api/request_fields.h"

namespace hearth {

struct ToolDefinition {
  std::string name;  ///< 1 to 128 of A-Z a-z 0-9 _ - . : /, or fewer, as the API says
  std::string description;
  std::string parameters_json;  ///< a JSON Schema, always an object; empty: the tool takes no arguments
  bool strict = false;          ///< the arguments must satisfy the schema, or it is refused
  std::string param;            ///< where the request has the schema: "tools[0].function.parameters"
};

enum class ToolChoice {
  kAuto,      ///< the model decides
  kNone,      ///< no calls; the model is shown no tools
  kRequired,  ///< at least one call
  kNamed      ///< calls of one tool
};

struct ToolPlan {
  std::vector<ToolDefinition> tools;  ///< at most 1024, of different names
  ToolChoice choice = ToolChoice::kNone;
  std::string named;
  bool parallel = true;  ///< whether one answer may hold more calls than one
  bool legacy = false;   ///< asked for as "functions": the answer has a "function_call"

  bool calls_allowed() const { return !tools.empty() && choice != ToolChoice::kNone; }
};

// Errors of all: 400 naming the field ("tools[0].type" for types other than functions).

/// "tools", "tool_choice", "parallel_tool_calls", or the older "functions" and "function_call". Takes tools written as
/// Chat Completions ({"type","function":{…}}) and as Responses ({"type","name",…}) have them.
ToolPlan read_openai_tools(const RequestFields& body);
/// The same, and errors speak of tools as Responses writes them.
ToolPlan read_response_tools(const RequestFields& body);
/// "tools" as Ollama's API has them, which knows no choice.
ToolPlan read_ollama_tools(const RequestFields& body);
/// "tools" with "input_schema", "tool_choice" with "disable_parallel_tool_use".
ToolPlan read_anthropic_tools(const RequestFields& body);

}  // namespace hearth
