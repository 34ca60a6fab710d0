// JSON Schemas as people mean them who ask a model for an answer: an object that lists its members has no others.
#pragma once

#include "base/json.h"

namespace hearth {

/// Writes "additionalProperties": false into each object schema that has "properties" and says nothing of other
/// members, also into those in "$defs" and in other schemas. Left as they are: what says "additionalProperties" or
/// "unevaluatedProperties", what requires a member that it does not list, and schemas whose members are told in several
/// places (branches of an "allOf", a "$ref" beside "properties" …, what such a $ref names), since each place would
/// forbid what the others list; what stands in "not", "if" and "contains". Where such a $ref is no JSON pointer,
/// nothing is closed.
void close_objects(json::value& schema);

}  // namespace hearth
