#include "server/api/tools/call_schema.h"

#include <fmt/format.h>

#include <utility>

#include "grammar/schema/closed_objects.h"

namespace hearth {
namespace {

/// Makes a schema a resource of its own: references inside ("#/$defs/…") start there then.
json::object as_resource(json::object schema, const std::string& id) {
  schema["$id"] = id;
  const json::value* reference = schema.if_contains("$ref");
  if (reference == nullptr) return schema;
  // Drafts disagree about what stands beside a $ref; inside of allOf it stands alone.
  json::array all{json::object{{"$ref", *reference}}};
  if (const json::value* more = schema.if_contains("allOf"); more != nullptr && more->is_array())
    all.insert(all.end(), more->get_array().begin(), more->get_array().end());
  schema.erase("$ref");
  schema["allOf"] = std::move(all);
  return schema;
}

}  // namespace

json::object arguments_schema(const ToolDefinition& tool, std::size_t number) {
  json::object schema;
  if (!tool.parameters_json.empty()) {
    json::value given = parse_json(tool.parameters_json, tool.param, 128);
    close_objects(given);
    schema = std::move(given.get_object());
  }
  if (schema.empty()) schema["additionalProperties"] = false;
  const json::value* type = schema.if_contains("type");
  const bool is_told = type != nullptr && !type->is_array();  // an array is some types, one of them an object
  if (!is_told && !schema.contains("$ref")) schema["type"] = "object";
  schema = as_resource(std::move(schema), fmt::format("hearth-tool:/{}", number));
  if (!is_told) schema["type"] = "object";  // what a $ref names may be anything
  return schema;
}

json::object call_schema(const std::vector<ToolDefinition>& tools, const std::vector<json::object>& arguments,
                         std::string_view arguments_key) {
  json::array calls;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    json::object properties{{"name", json::object{{"const", tools[i].name}}}, {arguments_key, arguments[i]}};
    calls.push_back(json::object{{"type", "object"},
                                 {"properties", std::move(properties)},
                                 {"required", json::array{"name", arguments_key}},
                                 {"additionalProperties", false}});
  }
  return {{"anyOf", std::move(calls)}};
}

json::object either_schema(json::value schema, const json::value& other) {
  json::value resource = other;
  if (other.is_object()) resource = as_resource(other.get_object(), "hearth-answer:/");
  return {{"anyOf", json::array{std::move(schema), std::move(resource)}}};
}

json::object list_schema(json::value item, bool only_one) {
  json::object list{{"type", "array"}, {"items", std::move(item)}, {"minItems", 1}};
  if (only_one) list["maxItems"] = 1;
  return list;
}

}  // namespace hearth
