// safetensors (https://github.com/huggingface/safetensors): a JSON header and tensors as zero-copy views of a mapped file;
// sharded models by their index. Nothing is ever executed or unpickled.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "format/tensor_table.h"

namespace hearth {

/// Reads one file into `table`; `metadata` (may be null) gets `__metadata__`. Errors: kNotFound, kIo, kCorruptData,
/// kUnsupported (dtype), naming file, tensor and value.
void read_safetensors(const std::filesystem::path& path, TensorTable& table, std::map<std::string, std::string>* metadata = nullptr);
void parse_safetensors(std::span<const std::byte> bytes, const std::string& name, const std::shared_ptr<const void>& owner,
                       TensorTable& table, std::map<std::string, std::string>* metadata = nullptr);

/// Reads every shard that a model.safetensors.index.json names (plain file names in its own folder only) and checks that each
/// listed tensor is there.
void read_safetensors_index(const std::filesystem::path& index, TensorTable& table);

/// Writes F32, F16, BF16, integer and bool tensors, aligned to 8 bytes, atomically. Errors: kIo, kInvalidArgument.
void write_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace hearth
