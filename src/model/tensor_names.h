// Where a family keeps its weights: names for each role. Roles that a family lacks stay empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Stems: ".weight" and ".bias" are added when loading. Layer names follow `layer`, in which "{}" is the layer's
/// number. All names but `output` may stand behind one of `prefixes` (the first with which the embedding is found).
struct TensorNames {
  std::vector<std::string> prefixes = {""};
  std::string token_embedding{}, position_embedding{}, token_type{}, embedding_norm{}, output_norm{}, output{};

  std::string layer{};
  std::string attention_norm{}, attention_post_norm{};
  std::string q{}, k{}, v{}, qkv{};  ///< separate, or fused rows q, k, v
  std::string q_norm{}, k_norm{}, attention_output{};
  std::string ffn_norm{}, ffn_post_norm{};
  std::string gate{}, up{}, down{};
  std::string gate_up{};  ///< fused rows gate, up

  /// Suffixes of tensors that are no weights of the forward pass (mask buffers, unused poolers) and may be left alone.
  std::vector<std::string> ignored{};
};

/// The names that all GGUF files share (gguf-py's constants.py).
const TensorNames& gguf_tensor_names();
/// As above, with the names of norms that stand behind each part (BERT).
const TensorNames& gguf_encoder_tensor_names();
/// Hugging Face's names of the llama family, and of GPT-2's.
const TensorNames& llama_tensor_names();
const TensorNames& gpt2_tensor_names();

}  // namespace hearth
