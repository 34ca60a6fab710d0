#include "server/api/tools/apply_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "server/api/tools/call_schema.h"
#include "server/api/tools/memo.h"
#include "server/api/tools/tool_messages.h"
#include "server/api/tools/tool_style.h"

namespace hearth {
namespace {

/// What an answer is held to, and what of it could not be enforced.
struct Held {
  Constraint constraint;
  std::vector<std::string> dropped;
};

std::string_view arguments_key(ToolStyle style) { return style == ToolStyle::kLlama ? "parameters" : "arguments"; }

std::string schema_of_other(const Constraint& other) {
  return other.kind == ConstraintKind::kJson ? R"({"type":"object"})" : other.text;
}

class Composer {
 public:
  Composer(const ToolPlan& plan, const ToolSupport& support, std::vector<ToolDefinition> tools, const Constraint& other)
      : plan_(plan), support_(support), tools_(std::move(tools)), other_(other) {
    for (std::size_t i = 0; i < tools_.size(); ++i) arguments_.push_back(arguments_schema(tools_[i], i));
  }

  Held run() {
    Held held;
    if (!other_.lenient) {  // else what a strict tool asks for could be left out unseen
      held.constraint = compose();
      try {
        CompiledGrammar::compile(held.constraint);
        return held;
      } catch (const Error&) {
        // Whose fault it is shows below.
      }
    }
    make_enforceable(held.dropped);
    held.constraint = compose();
    held.constraint.lenient = true;
    try {
      CompiledGrammar::compile(held.constraint);
      return held;
    } catch (const Error& error) {
      // Each of them can be enforced, but not all of them together.
      const bool strict = std::any_of(tools_.begin(), tools_.end(), [](const auto& tool) { return tool.strict; });
      if (strict || other_.kind != ConstraintKind::kNone) throw bad_field("tools", error.message());
      held.dropped.push_back(error.message());
    }
    for (json::object& schema : arguments_) schema = any_object();
    held.constraint = compose();
    return held;
  }

 private:
  static json::object any_object() { return {{"type", "object"}}; }

  Constraint compose() const {
    const json::object call = call_schema(tools_, arguments_, arguments_key(support_.style));
    const bool has_other = other_.kind != ConstraintKind::kNone;
    Constraint constraint;
    constraint.layout = other_.layout;
    constraint.any_order = other_.any_order;
    constraint.preamble = other_.preamble;
    if (support_.style == ToolStyle::kHermes) {
      constraint.kind = ConstraintKind::kTagged;
      constraint.text = json::serialize(call);
      TaggedParts& tagged = constraint.tagged;
      tagged.begin = support_.begin;
      tagged.end = support_.end;
      tagged.separator = support_.separator;
      tagged.free_text = plan_.choice == ToolChoice::kAuto && !has_other;
      tagged.min_parts = tagged.free_text ? 0 : 1;
      tagged.max_parts = plan_.parallel ? 0 : 1;
      if (has_other) tagged.instead = schema_of_other(other_);
      return constraint;
    }
    constraint.kind = ConstraintKind::kJsonSchema;
    json::object schema = support_.style == ToolStyle::kMistral ? list_schema(call, !plan_.parallel) : call;
    if (has_other) schema = either_schema(std::move(schema), parse_json(schema_of_other(other_), "the schema", 160));
    constraint.text = json::serialize(schema);
    return constraint;
  }

  /// Finds the tools whose schema cannot be enforced: strict ones are refused, of others as much as can be is kept.
  void make_enforceable(std::vector<std::string>& dropped) {
    if (other_.kind != ConstraintKind::kNone) CompiledGrammar::compile(other_);  // its own fault is its own error
    for (std::size_t i = 0; i < tools_.size(); ++i) {
      const ToolDefinition& tool = tools_[i];
      Constraint alone;
      alone.kind = ConstraintKind::kJsonSchema;
      alone.text = json::serialize(arguments_[i]);
      try {
        CompiledGrammar::compile(alone);
        continue;
      } catch (const Error& error) {
        if (tool.strict || error.code() != ErrorCode::kUnsupported)
          throw bad_field(tool.param, fmt::format("the tool '{}': {}", tool.name, error.message()),
                          "invalid_function_parameters");
        dropped.push_back(fmt::format("the tool '{}': {}", tool.name, error.message()));
      }
      alone.lenient = true;
      try {
        CompiledGrammar::compile(alone);
      } catch (const Error&) {
        arguments_[i] = any_object();
      }
    }
  }

  const ToolPlan& plan_;
  const ToolSupport& support_;
  std::vector<ToolDefinition> tools_;
  const Constraint& other_;
  std::vector<json::object> arguments_;
};

/// Everything that Composer::run() depends on.
std::string key_of(const ToolPlan& plan, const ToolSupport& support, const std::vector<ToolDefinition>& tools,
                   const Constraint& other) {
  std::string key =
      fmt::format("{} {} {} {} {} {} {}", static_cast<int>(plan.choice), plan.parallel, static_cast<int>(support.style),
                  static_cast<int>(other.kind), static_cast<int>(other.layout), other.any_order, other.lenient);
  const auto add = [&key](std::string_view text) { key += fmt::format(" {}:{}", text.size(), text); };
  for (const std::string* text :
       {&support.begin, &support.end, &support.separator, &other.text, &other.preamble.open, &other.preamble.close})
    add(*text);
  for (const ToolDefinition& tool : tools) {
    add(tool.name);
    add(tool.parameters_json);
    add(tool.param);
    key += tool.strict ? " strict" : "";
  }
  return key;
}

bool is_json(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kJson || constraint.kind == ConstraintKind::kJsonSchema;
}

/// Holds the answer to what the plan says. `tools`: those that may be called.
std::vector<std::string> constrain(const ToolPlan& plan, const ToolSupport& support,
                                   const std::vector<ToolDefinition>& tools, GenerateRequest& request) {
  const bool must_call = plan.choice == ToolChoice::kRequired || plan.choice == ToolChoice::kNamed;
  Constraint other;
  if (!must_call) other = request.constraint;
  const bool is_free = other.kind == ConstraintKind::kNone;
  // Where a call is only what the whole answer happens to be, nothing can tell before its end that it is one.
  if (!must_call && is_free && support.style != ToolStyle::kHermes) return {};
  // A text after an expression or a grammar of the client's has no place for calls.
  if (!is_free && !is_json(other)) return {};
  if (other.resolve) return {};
  static Memo<Held> memo(64);
  Held held =
      memo.get(key_of(plan, support, tools, other), [&] { return Composer(plan, support, tools, other).run(); });
  request.constraint = std::move(held.constraint);
  return std::move(held.dropped);
}

}  // namespace

AppliedTools apply_tools(const ToolPlan& plan, std::string_view chat_template, GenerateRequest& request) {
  AppliedTools applied;
  const bool calls = plan.calls_allowed();
  if (!calls && !speak_of_calls(request.messages)) return applied;
  const ToolSupport support = tool_support(chat_template);
  adapt_messages(support, request.messages);
  if (!calls) return applied;

  if (support.native) {
    request.chat.tools_json = tools_json(plan.tools);
  } else {
    add_tool_message(plan, support.takes_system, request.messages);
  }
  std::vector<ToolDefinition> callable = plan.tools;
  if (plan.choice == ToolChoice::kNamed)
    std::erase_if(callable, [&plan](const ToolDefinition& tool) { return tool.name != plan.named; });
  applied.dropped = constrain(plan, support, callable, request);
  applied.format.style = support.style;
  applied.format.max_calls = plan.parallel ? 0 : 1;
  for (const ToolDefinition& tool : callable) applied.format.tools.push_back(tool.name);
  return applied;
}

bool knows_reasoning(std::string_view chat_template) { return chat_template.find("<think>") != std::string_view::npos; }

void apply_reasoning(std::string_view chat_template, std::string_view prompt, GenerateRequest& request,
                     AnswerFormat& format) {
  if (!knows_reasoning(chat_template)) return;
  format.reasoning = true;
  format.begins_in_reasoning = ends_in_reasoning(prompt);
  if (request.constraint.kind == ConstraintKind::kNone) return;
  request.constraint.preamble = {format.begins_in_reasoning ? "" : "<think>", "</think>"};
}

}  // namespace hearth
