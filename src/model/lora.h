// Low-rank adapters (Hu et al. 2021) laid over a model's weights at run time: y += scale · B (A x). The weights stay as
// they are, so adapters can be chosen per request.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "format/hf_folder.h"
#include "model/tensor_names.h"
#include "model/transformer_spec.h"
#include "tensor/tensor.h"

namespace hearth {

/// Linear layers: a [r, n_in], b [n_out, r]. Embeddings: a [n_rows, r], b [n_embd, r], row i gains scale · b a[i]. Both
/// F32.
struct LoraPair {
  Tensor a, b;
  float scale = 1;
  explicit operator bool() const { return static_cast<bool>(a); }
};

struct LayerAdapter {
  LoraPair q, k, v, output, gate, up, down;
};

struct Adapter {
  std::string name;    ///< the task, e.g. "retrieval.query"
  std::string prompt;  ///< put before every text of that task; may be empty
  LoraPair token_embedding, token_type;
  std::vector<LayerAdapter> layers;
};

/// x += scale · b a[row]; x [n_embd].
void add_embedding_adapter(const LoraPair& pair, std::int64_t row, std::span<float> x);

/// Splits jina-embeddings-v3's original weights ("X.parametrizations.weight.original", ".0.lora_A", ".0.lora_B") into
/// plain weights, which stay in `folder.tensors` under "X.weight", and one adapter a task (config's lora_adaptations).
/// Where the folder is in transformers' layout the adapters come from PEFT sub-folders (adapter_config.json +
/// adapter_model.safetensors) instead; without either there are none. Errors: kCorruptData naming tensor and shape.
std::vector<Adapter> load_adapters(HfFolder& folder, const TensorNames& names, const TransformerSpec& spec);

}  // namespace hearth
