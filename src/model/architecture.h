// The register of model families: which names they go by, and how each maps metadata and tensor names to a
// TransformerSpec. An architecture file (architectures/*.cpp) holds no arithmetic.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "format/gguf.h"
#include "model/tensor_names.h"
#include "model/transformer_spec.h"

namespace hearth {

struct Architecture {
  /// `general.architecture` values of GGUF files.
  std::vector<std::string_view> gguf_names;
  /// `model_type` values of config.json.
  std::vector<std::string_view> model_types;
  TransformerSpec (*from_gguf)(const GgufFile& file, const std::string& architecture) = nullptr;
  TransformerSpec (*from_config)(const JsonObject& config) = nullptr;
  TensorNames gguf_tensors = gguf_tensor_names();
  TensorNames hf_tensors;
};

/// Errors: kUnsupported "architecture 'mamba' is not supported; supported: …", naming `where`.
const Architecture& find_gguf_architecture(std::string_view name, const std::string& where);
/// By model_type; a config without one is recognised as the original jina-embeddings-v3 by its other keys.
const Architecture& find_config_architecture(const JsonObject& config);

/// The metadata that all GGUF families share: sizes, heads, context, epsilon (of `norm`), vocabulary, causality,
/// pooling.
TransformerSpec gguf_common(const GgufFile& file, const std::string& architecture, NormKind norm);
/// As gguf_common, from config.json under the names of the llama family or of GPT-2.
TransformerSpec config_common(const JsonObject& config, const std::string& architecture, NormKind norm);

/// What GPT-2 and its descendants share: learned positions, a plain feed-forward part, biases.
void set_gpt2_family(TransformerSpec& spec);
/// What BERT and its descendants share: post-norm, both directions, a norm and a token type behind the embedding.
void set_encoder_family(TransformerSpec& spec);

/// "silu", "gelu" (erf), "gelu_new", "gelu_pytorch_tanh" …. Errors: kUnsupported naming key and value.
Activation config_activation(const JsonObject& config, std::string_view key, std::string_view otherwise);
/// One window for every layer; nothing where n_layer is absurd (complete_and_check says so later).
std::vector<std::int64_t> uniform_windows(std::int64_t n_layer, std::int64_t window);
/// One window for all layers, or for those that `layer_types` (where given) calls "sliding_attention".
std::vector<std::int64_t> config_windows(const JsonObject& config, std::int64_t n_layer, std::int64_t window);

const Architecture& llama_architecture();
const Architecture& gpt2_architecture();
const Architecture& starcoder_architecture();
const Architecture& phi2_architecture();
const Architecture& phi3_architecture();
const Architecture& gemma_architecture();
const Architecture& gemma2_architecture();
const Architecture& qwen2_architecture();
const Architecture& qwen3_architecture();
const Architecture& bert_architecture();
const Architecture& jina_v3_architecture();

}  // namespace hearth
