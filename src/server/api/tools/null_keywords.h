// JSON Schemas of clients that write null for what they mean to leave out, which no draft of JSON Schema allows.
#pragma once

#include "base/json.h"

namespace hearth {

/// Takes the keywords that are null out of a schema and of all schemas in it. Values of instances ("const", "default",
/// what stands in "enum" and "examples") and of keywords that nobody knows stay as they are.
void drop_null_keywords(json::object& schema);

}  // namespace hearth
