// What a model file holds, as lines for a person and as JSON: for `inspect`.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "hearth/model.h"

namespace hearth::cli {

/// The context that running it would use unless told: the model's own, at most 8192 (ModelOptions::context).
std::int64_t usual_context(const ModelInfo& info);

std::string model_lines(const ModelInfo& info, std::int64_t context, const MemoryNeed& need);
/// What can be said of a file that Hearth cannot run, and why it cannot.
std::string foreign_lines(const FileReport& report);
std::string tensor_lines(const std::vector<TensorInfo>& tensors);
std::string metadata_lines(const FileReport& report);

json::object model_json(const ModelInfo& info);
json::object memory_json(const MemoryNeed& need, std::int64_t context);
json::array tensors_json(const std::vector<TensorInfo>& tensors);
json::object metadata_json(const FileReport& report);

/// "weights 637 MiB + KV cache 44 MiB + scratch 12 MiB = 693 MiB".
std::string memory_text(const MemoryNeed& need);

}  // namespace hearth::cli
