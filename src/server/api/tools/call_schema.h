// JSON Schemas of calls: what an answer is held to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/api/tools/tool_definitions.h"

namespace hearth {

/// The schema of a tool's arguments: always of objects; those that list their members are closed (close_objects()).
/// `number` makes it a resource of its own, so that its references lead into itself.
json::object arguments_schema(const ToolDefinition& tool, std::size_t number);

/// {"name": …, arguments_key: …} of one of the tools; `arguments` as arguments_schema() gives them, in the same order.
json::object call_schema(const std::vector<ToolDefinition>& tools, const std::vector<json::object>& arguments,
                         std::string_view arguments_key);

/// Either of two schemas. `other` is a schema as a client gave it.
json::object either_schema(json::value schema, const json::value& other);

/// A list of one or more, or (`only_one`) exactly one.
json::object list_schema(json::value item, bool only_one);

}  // namespace hearth
