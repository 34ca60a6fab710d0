// What a chat template can do with tools, found by rendering small conversations with it rather than by its name.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// How an answer writes calls.
enum class ToolStyle {
  kNone,
  kHermes,  ///< <tool_call>{"name": …, "arguments": {…}}</tool_call>, also among text: Hermes, Qwen
  kLlama,   ///< {"name": …, "parameters": {…}} as the whole answer: Llama 3
  kMistral  ///< [TOOL_CALLS][{"name": …, "arguments": {…}}], or [TOOL_CALLS]name[ARGS]{…}
};

struct ToolSupport {
  /// The template shows tools, calls and results, and writes calls in a style that is known here. Otherwise all of it
  /// is put into plain messages, in Hermes' form.
  bool native = false;
  ToolStyle style = ToolStyle::kHermes;
  // Of kHermes: what stands around a call and between two of them.
  std::string begin = "<tool_call>\n", end = "\n</tool_call>", separator = "\n";
  bool takes_system = true;        ///< a system message does not make it fail, and is shown
  bool several_calls = true;       ///< one message may have more calls than one
  bool arguments_as_text = false;  ///< wants "arguments" as a string with JSON instead of an object
  bool short_ids = false;          ///< wants ids of calls with nine letters or digits
  bool thinks = false;             ///< knows <think>
};

/// Never throws: a template that cannot be parsed supports nothing.
ToolSupport tool_support(std::string_view chat_template);

}  // namespace hearth
