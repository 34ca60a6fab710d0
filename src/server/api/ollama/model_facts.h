// What a model's file says about itself, as "model_info" of /api/show has it.
#pragma once

#include "base/json.h"
#include "runtime/manager/offered_model.h"

namespace hearth {

/// Every key of a GGUF file's metadata with its own type, and general.parameter_count; of other models the same keys
/// for what is known of them. Arrays are null unless `verbose`. Errors: as GgufFile::open.
json::object model_facts(const ModelDescription& description, bool verbose);

}  // namespace hearth
