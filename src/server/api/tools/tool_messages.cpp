#include "server/api/tools/tool_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/json.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

struct PastCall {
  std::string id, name;
  json::value arguments;  ///< an object; else what the client gave
};

/// Clients hand back what they got: OpenAI's have arguments as text, Ollama's as objects.
PastCall read_past_call(const RequestFields& item) {
  const json::object* function = item.object("function");
  if (function == nullptr)
    throw bad_field(item.param("function"), item.param("function") + " is missing", "missing_required_parameter");
  const RequestFields fields = item.child("function", *function);
  PastCall call;
  call.id = item.string("id").value_or("");
  call.name = fields.required_string("name");
  const json::value* arguments = fields.find("arguments");
  if (arguments == nullptr) {
    call.arguments = json::object();
  } else if (arguments->is_object()) {
    call.arguments = *arguments;
  } else if (arguments->is_string()) {
    const std::string_view text = arguments->get_string();
    call.arguments = text;
    try {
      json::value parsed = parse_json(text.find_first_not_of(" \t\r\n") == std::string_view::npos ? "{}" : text,
                                      fields.param("arguments"), 128);
      if (parsed.is_object()) call.arguments = std::move(parsed);
    } catch (const Error&) {
      // What a model wrote that was no JSON is shown to it as it wrote it.
    }
  } else {
    throw bad_field(fields.param("arguments"), fmt::format("{} must be a string or an object, and is {}",
                                                           fields.param("arguments"), json_type_name(*arguments)));
  }
  return call;
}

std::vector<PastCall> read_past_calls(const ChatMessage& message, std::size_t index) {
  const json::object body{{"tool_calls", parse_json(message.tool_calls_json, "tool_calls", 128)}};
  const RequestFields fields(body, fmt::format("messages[{}]", index));
  std::vector<PastCall> calls;
  const json::array* items = fields.array("tool_calls");
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i)
    calls.push_back(read_past_call(fields.item("tool_calls", i, (*items)[i])));
  return calls;
}

/// Nine letters and digits that belong to `id` alone, the same each time. FNV-1a, then digits of base 62.
std::string short_id(std::string_view id) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kLength = 9;
  const auto is_digit = [&](char c) { return kDigits.find(c) != std::string_view::npos; };
  if (id.size() == kLength && std::all_of(id.begin(), id.end(), is_digit)) return std::string(id);
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : id) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  std::string text;
  for (std::size_t i = 0; i < kLength; ++i, hash /= kDigits.size()) text += kDigits[hash % kDigits.size()];
  return text;
}

std::string written(const json::value& arguments) {
  return arguments.is_string() ? std::string(arguments.get_string()) : json::serialize(arguments);
}

json::object native_call(const PastCall& call, const ToolSupport& support) {
  json::value arguments = call.arguments;
  if (support.arguments_as_text) arguments = written(arguments);
  return {{"id", support.short_ids ? short_id(call.id) : call.id},
          {"type", "function"},
          {"function", json::object{{"name", call.name}, {"arguments", std::move(arguments)}}}};
}

class Adapter {
 public:
  Adapter(const ToolSupport& support, std::vector<ChatMessage> messages)
      : support_(support), messages_(std::move(messages)) {}

  std::vector<ChatMessage> run() {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      ChatMessage& message = messages_[i];
      if (!message.tool_calls_json.empty()) {
        auto calls = read_past_calls(message, i);
        for (const PastCall& call : calls) names_[call.id] = call.name;
        support_.native ? add_calls(i, std::move(message), calls) : add_calls_as_text(std::move(message), calls);
      } else if (message.role == "tool") {
        if (!used_.contains(i)) support_.native ? add_result(i) : add_result_as_text(message);
      } else {
        add(std::move(message), /*from_tools=*/false);
      }
    }
    return std::move(out_);
  }

 private:
  /// Questions that stand beside results written as questions become one: templates want speakers to take turns.
  void add(ChatMessage message, bool from_tools) {
    const bool joins = !support_.native && message.role == "user" && !out_.empty() && out_.back().role == "user" &&
                       (from_tools || last_is_from_tools_);
    last_is_from_tools_ = from_tools;
    if (joins) {
      out_.back().content += "\n" + message.content;
    } else {
      out_.push_back(std::move(message));
    }
  }

  void add_calls(std::size_t index, ChatMessage message, const std::vector<PastCall>& calls) {
    message.tool_calls_json.clear();
    if (calls.size() <= 1 || support_.several_calls) {
      json::array list;
      for (const PastCall& call : calls) list.push_back(native_call(call, support_));
      if (!list.empty()) message.tool_calls_json = json::serialize(list);
      add(std::move(message), false);
      return;
    }
    for (const PastCall& call : calls) {
      message.tool_calls_json = json::serialize(json::array{native_call(call, support_)});
      add(message, false);
      message.content.clear();
      message.reasoning.clear();
      // Its result stands somewhere behind, before anybody else speaks.
      for (std::size_t i = index + 1; i < messages_.size() && messages_[i].role == "tool"; ++i) {
        if (messages_[i].tool_call_id == call.id && !used_.contains(i)) {
          add_result(i);
          break;
        }
      }
    }
  }

  void add_result(std::size_t index) {
    used_[index] = true;
    ChatMessage message = messages_[index];
    if (message.name.empty()) message.name = name_of(message.tool_call_id);
    if (support_.short_ids) message.tool_call_id = short_id(message.tool_call_id);
    add(std::move(message), false);
  }

  void add_calls_as_text(ChatMessage message, const std::vector<PastCall>& calls) {
    for (const PastCall& call : calls) {
      const std::string name = json::serialize(json::value(call.name));
      if (!message.content.empty()) message.content += "\n";
      message.content +=
          fmt::format("<tool_call>\n{{\"name\": {}, \"arguments\": {}}}\n</tool_call>", name, written(call.arguments));
    }
    message.tool_calls_json.clear();
    add(std::move(message), false);
  }

  void add_result_as_text(const ChatMessage& message) {
    ChatMessage told;
    told.role = "user";
    told.content = fmt::format("<tool_response>\n{}\n</tool_response>", message.content);
    add(std::move(told), true);
  }

  std::string name_of(const std::string& id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? std::string() : found->second;
  }

  const ToolSupport& support_;
  std::vector<ChatMessage> messages_, out_;
  std::map<std::string, std::string> names_;  ///< of tools, by the ids of calls
  std::map<std::size_t, bool> used_;          ///< results that stand behind their call already
  bool last_is_from_tools_ = false;
};

json::object parameters_of(const ToolDefinition& tool) {
  if (tool.parameters_json.empty()) return {{"type", "object"}, {"properties", json::object()}};
  return parse_json(tool.parameters_json, tool.param, 128).get_object();
}

json::object function_of(const ToolDefinition& tool) {
  json::object function{{"name", tool.name}};
  if (!tool.description.empty()) function["description"] = tool.description;
  function["parameters"] = parameters_of(tool);
  return function;
}

/// Short: small models have small contexts. How a call is written needs no words where nothing else can be written.
std::string tool_text(const ToolPlan& plan) {
  std::string text = "Tools, one a line:\n";
  for (const ToolDefinition& tool : plan.tools) text += json::serialize(function_of(tool)) + "\n";
  switch (plan.choice) {
    case ToolChoice::kRequired:
      return text + (plan.parallel ? "Answer with calls of tools." : "Answer with one call of a tool.");
    case ToolChoice::kNamed: return text + "Answer with a call of " + plan.named + ".";
    case ToolChoice::kAuto:
    case ToolChoice::kNone: break;
  }
  return text +
         "To call one where it helps, write:\n<tool_call>\n{\"name\": \"…\", \"arguments\": {…}}\n</tool_call>\n"
         "Its result comes between <tool_response> and </tool_response>." +
         (plan.parallel ? "" : " Make no more than one call.");
}

}  // namespace

bool speak_of_calls(const std::vector<ChatMessage>& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const ChatMessage& message) {
    return message.role == "tool" || !message.tool_calls_json.empty();
  });
}

void adapt_messages(const ToolSupport& support, std::vector<ChatMessage>& messages) {
  messages = Adapter(support, std::move(messages)).run();
}

std::string tools_json(const std::vector<ToolDefinition>& tools) {
  json::array list;
  for (const ToolDefinition& tool : tools) {
    json::object function = function_of(tool);
    function["description"] = tool.description;  // also when empty: templates join it to other text unasked
    list.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
  }
  return json::serialize(list);
}

void add_tool_message(const ToolPlan& plan, bool takes_system, std::vector<ChatMessage>& messages) {
  const std::string text = tool_text(plan);
  const std::string_view role = takes_system ? "system" : "user";
  const auto found = std::find_if(messages.begin(), messages.end(),
                                  [role](const ChatMessage& message) { return message.role == role; });
  if (found == messages.end()) {
    messages.insert(messages.begin(), ChatMessage{std::string(role), text});
  } else if (takes_system) {
    found->content += (found->content.empty() ? "" : "\n\n") + text;
  } else {
    found->content = text + "\n\n" + found->content;
  }
}

}  // namespace hearth
