// safetensors (https://github.com/huggingface/safetensors): a JSON header and tensors as zero-copy views of a mapped
// file; sharded models by their index. Nothing is ever executed or unpickled.
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

/// Reads one file into `table`; `metadata` (may be null) gets `__metadata__`. The header must describe every byte of
/// the data exactly once, as the reference implementation demands. Errors: kNotFound, kIo, kCorruptData, kUnsupported
/// (dtype), naming file, tensor and value. A file that fails adds nothing to `table`.
void read_safetensors(const std::filesystem::path& path, TensorTable& table,
                      std::map<std::string, std::string>* metadata = nullptr);
/// The same from memory; `owner` keeps `bytes` alive, `name` stands in for the path.
void parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                       const std::shared_ptr<const void>& owner, TensorTable& table,
                       std::map<std::string, std::string>* metadata = nullptr);

/// Reads every shard that a model.safetensors.index.json names (plain file names in its own folder only), checks that
/// each listed tensor is in the shard it is listed under, and returns the shards' paths. Errors: as above.
std::vector<std::filesystem::path> read_safetensors_index(const std::filesystem::path& index, TensorTable& table);

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes F64, F32, F16, BF16, integer and bool tensors atomically. The data begins at a multiple of 8 bytes and the
/// widest dtypes come first, so that every value is aligned. Errors: kIo, kInvalidArgument (a quantised dtype, a name
/// given twice).
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});
/// The same into memory.
std::string safetensors_bytes(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace hearth
