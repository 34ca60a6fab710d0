#include "server/api/tools/tool_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/quote.h"
#include "server/api/tools/client_tools.h"
#include "server/api/tools/null_keywords.h"

namespace hearth {
namespace {

constexpr std::size_t kMostSchemaBytes = 1U << 20U;  // of all tools together

/// What an API allows.
struct ToolRules {
  std::size_t most, longest_name;
  std::string_view more_characters;  ///< of names, besides A-Z a-z 0-9 _ -
  bool is_flat = false;              ///< "name" stands beside "type"
  bool drops_nulls = false;          ///< a keyword of a schema that is null is one that was left out
};
constexpr ToolRules kOpenAi{128, 64, ""};  // as its documentation says
constexpr ToolRules kResponses{128, 64, "", true};
constexpr ToolRules kAnthropic{1024, 128, ""};
// Which has no rule of its own; its clients in Go write fields of a schema that were not set as null.
constexpr ToolRules kOllama{1024, 128, ".:/", false, true};

bool is_name(std::string_view text, const ToolRules& rules) {
  return !text.empty() && text.size() <= rules.longest_name && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool is_usual =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    return is_usual || rules.more_characters.find(c) != std::string_view::npos;
  });
}

[[noreturn]] void fail(const std::string& param, std::string_view problem) {
  throw bad_field(param, fmt::format("{} {}", param, problem));
}

/// Arguments are an object, whatever else is said of them.
void check_root(const json::object& schema, const std::string& param) {
  const json::value* type = schema.if_contains("type");
  if (type == nullptr) return;
  const auto is_object = [](const json::value& name) { return name == "object"; };
  const bool may_be_object =
      type->is_array() ? std::any_of(type->get_array().begin(), type->get_array().end(), is_object) : is_object(*type);
  if (!may_be_object)
    fail(param, fmt::format("has the type {}; the arguments of a tool are an object",
                            quote(json::serialize(*type).substr(0, 40))));
}

std::string read_name(const RequestFields& fields, const ToolRules& rules) {
  std::string name = fields.required_string("name");
  if (!is_name(name, rules)) {
    fail(fields.param("name"), fmt::format("must be 1 to {} of the characters A-Z a-z 0-9 _ -{}{}", rules.longest_name,
                                           rules.more_characters.empty() ? "" : " ", rules.more_characters));
  }
  return name;
}

/// Name, description, schema and strictness of one tool.
ToolDefinition read_definition(const RequestFields& fields, std::string_view schema_key, const ToolRules& rules) {
  ToolDefinition tool;
  tool.name = read_name(fields, rules);
  tool.description = fields.string("description").value_or("");
  tool.param = fields.param(schema_key);
  if (const json::object* given = fields.object(schema_key)) {
    json::object schema = *given;
    if (rules.drops_nulls) drop_null_keywords(schema);
    check_root(schema, tool.param);
    tool.parameters_json = json::serialize(schema);
  }
  tool.strict = fields.boolean("strict").value_or(false);
  return tool;
}

void add(ToolPlan& plan, ToolDefinition tool, const std::string& name_param) {
  const auto same = [&tool](const ToolDefinition& other) { return other.name == tool.name; };
  if (std::any_of(plan.tools.begin(), plan.tools.end(), same))
    fail(name_param, fmt::format("is '{}', and so is another one", tool.name));
  std::size_t bytes = tool.parameters_json.size();
  for (const ToolDefinition& other : plan.tools) bytes += other.parameters_json.size();
  if (bytes > kMostSchemaBytes) {
    fail(tool.param,
         fmt::format("makes the tools' schemas larger than the {} bytes that are allowed", kMostSchemaBytes));
  }
  plan.tools.push_back(std::move(tool));
}

void check_count(const json::array& items, const std::string& param, const ToolRules& rules) {
  if (items.size() > rules.most)
    fail(param, fmt::format("has {} entries; at most {} are allowed", items.size(), rules.most));
}

void check_type(const RequestFields& item, std::string_view wanted, bool may_be_missing) {
  const auto type = item.string("type");
  if (!type && may_be_missing) return;
  if (!type) throw bad_field(item.param("type"), item.param("type") + " is missing", "missing_required_parameter");
  if (*type != wanted)
    fail(item.param("type"), fmt::format("is '{}'; only '{}' is supported", type->substr(0, 40), wanted));
}

/// {"type": "function", "function": {…}} or, as the Responses API has it, {"type": "function", "name", …}.
void add_functions(ToolPlan& plan, const RequestFields& body, bool type_may_be_missing, const ToolRules& rules) {
  const json::array* items = body.array("tools");
  if (items == nullptr) return;
  check_count(*items, body.param("tools"), rules);
  for (std::size_t i = 0; i < items->size(); ++i) {
    const RequestFields item = body.item("tools", i, (*items)[i]);
    check_type(item, "function", type_may_be_missing);
    const json::object* function = item.object("function");
    if (function == nullptr && !item.has("name")) {
      const std::string param = item.param(rules.is_flat ? "name" : "function");
      throw bad_field(param, param + " is missing", "missing_required_parameter");
    }
    const RequestFields fields = function == nullptr ? item : item.child("function", *function);
    add(plan, read_definition(fields, "parameters", rules), fields.param("name"));
  }
}

void choose_named(ToolPlan& plan, std::string name, const std::string& param) {
  const auto is_named = [&name](const ToolDefinition& tool) { return tool.name == name; };
  if (std::none_of(plan.tools.begin(), plan.tools.end(), is_named))
    fail(param, fmt::format("names '{}', which is none of the tools", name.substr(0, 80)));
  plan.choice = ToolChoice::kNamed;
  plan.named = std::move(name);
}

/// "auto", "none", "required"; nothing for other words.
std::optional<ToolChoice> choice_word(std::string_view word) {
  if (word == "auto") return ToolChoice::kAuto;
  if (word == "none") return ToolChoice::kNone;
  if (word == "required") return ToolChoice::kRequired;
  return std::nullopt;
}

void require_tools(const ToolPlan& plan, const std::string& param) {
  if (!plan.tools.empty() || plan.choice == ToolChoice::kNone || plan.choice == ToolChoice::kAuto) return;
  fail(param, "asks for a call, but there are no tools");
}

std::string named_function(const RequestFields& choice) {
  const json::object* function = choice.object("function");
  return function == nullptr ? choice.required_string("name")
                             : choice.child("function", *function).required_string("name");
}

/// {"type": "allowed_tools", "mode", "tools": […]}, or the same inside "allowed_tools": only those may be called.
void choose_among(ToolPlan& plan, const RequestFields& outer) {
  const json::object* inner = outer.object("allowed_tools");
  const RequestFields fields = inner == nullptr ? outer : outer.child("allowed_tools", *inner);
  const auto mode = choice_word(fields.string("mode").value_or("auto"));
  if (!mode || *mode == ToolChoice::kNone) fail(fields.param("mode"), "must be 'auto' or 'required'");
  const json::array* items = fields.array("tools");
  if (items == nullptr) throw bad_field(fields.param("tools"), fields.param("tools") + " is missing");
  check_count(*items, fields.param("tools"), kOpenAi);
  std::vector<ToolDefinition> allowed;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string name = named_function(fields.item("tools", i, (*items)[i]));
    const auto found = std::find_if(plan.tools.begin(), plan.tools.end(),
                                    [&name](const ToolDefinition& tool) { return tool.name == name; });
    if (found == plan.tools.end()) {
      fail(fmt::format("{}[{}]", fields.param("tools"), i),
           fmt::format("names '{}', which is none of the tools", name.substr(0, 80)));
    }
    const auto same = [&name](const ToolDefinition& tool) { return tool.name == name; };
    if (std::none_of(allowed.begin(), allowed.end(), same)) allowed.push_back(*found);
  }
  plan.tools = std::move(allowed);
  plan.choice = *mode;
}

void read_choice(ToolPlan& plan, const RequestFields& body) {
  const json::value* choice = body.find("tool_choice");
  if (choice == nullptr) return;
  const std::string param = body.param("tool_choice");
  if (choice->is_string()) {
    const std::string_view word = choice->get_string();
    const auto known = choice_word(word);
    if (!known) fail(param, fmt::format("is '{}'; it must be auto, none or required", word.substr(0, 40)));
    plan.choice = *known;
  } else if (choice->is_object()) {
    const RequestFields fields = body.child("tool_choice", choice->get_object());
    const std::string type = fields.required_string("type");
    if (type == "allowed_tools") {
      choose_among(plan, fields);
    } else if (type == "function") {
      choose_named(plan, named_function(fields), param);
    } else {
      fail(fields.param("type"), fmt::format("is '{}'; only 'function' is supported", type.substr(0, 40)));
    }
  } else {
    fail(param, fmt::format("must be a string or an object, and is {}", json_type_name(*choice)));
  }
  require_tools(plan, param);
}

/// "functions" and "function_call", which came before tools.
void read_legacy(ToolPlan& plan, const RequestFields& body) {
  const json::array* items = body.array("functions");
  if (items == nullptr) return;
  if (body.has("tools")) fail(body.param("functions"), "cannot stand beside tools");
  check_count(*items, body.param("functions"), kOpenAi);
  for (std::size_t i = 0; i < items->size(); ++i) {
    const RequestFields item = body.item("functions", i, (*items)[i]);
    add(plan, read_definition(item, "parameters", kOpenAi), item.param("name"));
  }
  plan.legacy = true;
  plan.parallel = false;
  plan.choice = plan.tools.empty() ? ToolChoice::kNone : ToolChoice::kAuto;
  const json::value* choice = body.find("function_call");
  if (choice == nullptr) return;
  const std::string param = body.param("function_call");
  if (choice->is_object()) {
    choose_named(plan, body.child("function_call", choice->get_object()).required_string("name"), param);
    return;
  }
  const auto known = choice->is_string() ? choice_word(choice->get_string()) : std::nullopt;
  if (!known || *known == ToolChoice::kRequired) fail(param, "must be auto, none or an object with a name");
  plan.choice = *known;
}

ToolPlan read_tools(const RequestFields& body, const ToolRules& rules) {
  ToolPlan plan;
  add_functions(plan, body, /*type_may_be_missing=*/false, rules);
  plan.choice = plan.tools.empty() ? ToolChoice::kNone : ToolChoice::kAuto;
  plan.parallel = body.boolean("parallel_tool_calls").value_or(true);
  read_legacy(plan, body);
  if (!plan.legacy) read_choice(plan, body);
  return plan;
}

}  // namespace

ToolPlan read_openai_tools(const RequestFields& body) { return read_tools(body, kOpenAi); }
ToolPlan read_response_tools(const RequestFields& body) { return read_tools(body, kResponses); }

ToolPlan read_ollama_tools(const RequestFields& body) {
  ToolPlan plan;
  add_functions(plan, body, /*type_may_be_missing=*/true, kOllama);
  plan.choice = plan.tools.empty() ? ToolChoice::kNone : ToolChoice::kAuto;
  return plan;
}

namespace {

ToolDefinition read_anthropic_tool(const RequestFields& item) {
  if (const ClientTool* known = find_client_tool(item.string("type").value_or(""))) {
    ToolDefinition tool;
    tool.name = read_name(item, kAnthropic);
    tool.description = known->description;
    tool.parameters_json = json::serialize(parse_json(known->schema, tool.name));
    tool.param = item.param("type");
    return tool;
  }
  check_type(item, "custom", /*may_be_missing=*/true);
  return read_definition(item, "input_schema", kAnthropic);
}

}  // namespace

ToolPlan read_anthropic_tools(const RequestFields& body) {
  ToolPlan plan;
  if (const json::array* items = body.array("tools")) {
    check_count(*items, body.param("tools"), kAnthropic);
    for (std::size_t i = 0; i < items->size(); ++i) {
      const RequestFields item = body.item("tools", i, (*items)[i]);
      add(plan, read_anthropic_tool(item), item.param("name"));
    }
  }
  plan.choice = plan.tools.empty() ? ToolChoice::kNone : ToolChoice::kAuto;
  const json::object* object = body.object("tool_choice");
  if (object == nullptr) return plan;
  const RequestFields choice = body.child("tool_choice", *object);
  plan.parallel = !choice.boolean("disable_parallel_tool_use").value_or(false);
  const std::string type = choice.required_string("type");
  if (type == "any") {
    plan.choice = ToolChoice::kRequired;
  } else if (type == "tool") {
    choose_named(plan, choice.required_string("name"), choice.param("name"));
  } else if (type == "none") {
    plan.choice = ToolChoice::kNone;
  } else if (type != "auto") {
    fail(choice.param("type"), fmt::format("is '{}'; it must be auto, any, tool or none", type.substr(0, 40)));
  }
  require_tools(plan, choice.param("type"));
  return plan;
}

}  // namespace hearth
