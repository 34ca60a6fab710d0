// A folder as Hugging Face publishes a model: config.json, weights in safetensors (one file or shards), tokenizer
// files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "format/tensor_table.h"

namespace hearth {

struct HfFolder {
  std::filesystem::path path;
  json::value config;             ///< config.json, an object
  json::value generation_config;  ///< generation_config.json, or null
  json::value tokenizer_config;   ///< tokenizer_config.json, or null
  std::string
      chat_template;  ///< chat_template.jinja, else tokenizer_config's (a list: its "default"); empty without one
  std::vector<std::filesystem::path> weight_files;
  TensorTable tensors;
  std::uint64_t file_bytes = 0;  ///< of the weight files

  /// Errors: kNotFound naming what is missing (config.json; weights: says so too when only .bin or .pt files are there,
  /// which are never loaded because they can run code), kCorruptData, kUnsupported.
  static HfFolder open(const std::filesystem::path& path);
};

}  // namespace hearth
