// A model as it comes from disk: spec, weights, tokenizer, template, adapters and what its makers recommend. Immutable
// once loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "format/gguf.h"
#include "format/hf_folder.h"
#include "hearth/sampling.h"
#include "model/lora.h"
#include "model/packing/pack_weights.h"
#include "model/transformer_spec.h"
#include "model/weights.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace hearth {

struct LoadedModel {
  std::string path;
  std::string format;   ///< "GGUF v3", "safetensors"
  std::string name;     ///< as the file says; may be empty
  std::string license;  ///< may be empty
  std::uint64_t file_bytes = 0;
  TensorTable tensors;                                        ///< as the files name them
  std::vector<std::pair<std::string, std::string>> metadata;  ///< key and value as text

  TransformerSpec spec;
  Weights weights;  ///< empty after LoadDepth::kDescription
  std::vector<Adapter> adapters;
  std::unique_ptr<const Tokenizer> tokenizer;
  std::optional<ChatTemplate> chat_template;
  std::string chat_template_origin;  ///< "model", "built-in chatml" or ""
  SamplingParams sampling;           ///< Hearth's defaults under the model's own
  std::vector<TokenId> stop_tokens;  ///< ascending
  bool default_pooling = false;      ///< it is a generator; pooling for embeddings falls back to the mean
};

enum class LoadDepth {
  kDescription,  ///< everything but `weights` and `adapters`: cheap however large the files are
  kComplete
};

struct LoadOptions {
  LoadDepth depth = LoadDepth::kComplete;
  PackingOptions packing;
};

/// A GGUF file (any part of a split), a Hugging Face folder, or the config.json or a .safetensors file in one. Errors:
/// kNotFound, kUnsupported, kCorruptData, naming file, field and value.
LoadedModel load_model(const std::string& path, const LoadOptions& options = {});
LoadedModel load_model(const std::string& path, LoadDepth depth);

/// The folder that `path` names if it is one of Hugging Face's: itself, or that of its config.json / *.safetensors /
/// *.index.json.
std::optional<std::filesystem::path> hf_folder_of(const std::filesystem::path& path);

}  // namespace hearth
