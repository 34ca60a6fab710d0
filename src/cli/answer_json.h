// A generated answer as JSON, for `run --json` and `chat --json`.
#pragma once

#include <string>

#include "base/json.h"
#include "hearth/model.h"

namespace hearth::cli {

json::object answer_json(const Generation& answer, const std::string& model_path);
/// "5 prompt tokens (120/s), 30 answer tokens (45.2/s), seed 7".
std::string answer_stats(const Generation& answer);

}  // namespace hearth::cli
