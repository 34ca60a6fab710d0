// Writes a model file tensor by tensor: rows are read, quantised by all threads and written, a few megabytes at a time.
// The file appears under its name only when it is complete.
#pragma once

#include <atomic>
#include <filesystem>
#include <vector>

#include "format/gguf_writer.h"
#include "hearth/convert.h"
#include "hub/quantize/planned_tensor.h"

namespace hearth {

/// Adds `tensors` to `writer`, which has the metadata, and writes `destination`. `source` is for messages. Errors: kIo
/// (no room: before anything is written), kUnsupported (a value that the type cannot hold, naming tensor and value),
/// kCancelled.
ConvertResult write_model(GgufWriter& writer, const std::vector<PlannedTensor>& tensors, const std::string& source,
                          const std::filesystem::path& destination, const ConvertOptions& options);

/// Errors: kInvalidArgument where `destination` exists and may not be overwritten, is a folder, or is one of the files
/// that are read.
void check_destination(const std::filesystem::path& destination, const std::vector<std::filesystem::path>& sources,
                       const ConvertOptions& options);

}  // namespace hearth
