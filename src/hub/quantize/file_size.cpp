#include "hub/quantize/file_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hub/catalog/quantization_label.h"
#include "hub/quantize/quantization.h"
#include "hub/quantize/tensor_type.h"
#include "tensor/dtype.h"

namespace hearth {
namespace {

/// Of a token in a GGUF file's vocabulary: its text, length, type, and its share of the merges (0.5B Qwen2.5: 5.9 MB
/// for 151,936 tokens).
constexpr std::uint64_t kBytesPerToken = 40;

struct Entry {
  std::string name;
  Shape shape;
};

Entry matrix(std::string name, std::int64_t rows, std::int64_t row_length) {
  return {std::move(name), Shape{rows, row_length}};
}

/// Matrices and biases of one layer; norms are left out, being less than a thousandth.
std::vector<Entry> layer_tensors(const CatalogEntry& e, std::int64_t layer) {
  const std::int64_t q = e.n_head * e.head_dim;
  const std::int64_t kv = e.n_head_kv * e.head_dim;
  const auto named = [&](std::string_view part) { return fmt::format("blk.{}.{}.weight", layer, part); };
  std::vector<Entry> tensors = {matrix(named("attn_output"), e.n_embd, q), matrix(named("ffn_down"), e.n_embd, e.n_ff)};
  if (e.architecture == "phi2" || e.architecture == "phi3") {
    tensors.push_back(matrix(named("attn_qkv"), q + 2 * kv, e.n_embd));
    tensors.push_back(matrix(named("ffn_up"), e.architecture == "phi3" ? 2 * e.n_ff : e.n_ff, e.n_embd));
    return tensors;
  }
  tensors.push_back(matrix(named("attn_q"), q, e.n_embd));
  tensors.push_back(matrix(named("attn_k"), kv, e.n_embd));
  tensors.push_back(matrix(named("attn_v"), kv, e.n_embd));
  tensors.push_back(matrix(named("ffn_gate"), e.n_ff, e.n_embd));
  tensors.push_back(matrix(named("ffn_up"), e.n_ff, e.n_embd));
  return tensors;
}

bool is_listed(const CatalogEntry& e) {
  const bool is_family = e.architecture == "llama" || e.architecture == "qwen2" || e.architecture == "qwen3" ||
                         e.architecture == "gemma" || e.architecture == "phi2" || e.architecture == "phi3";
  return is_family && e.n_layer > 0 && e.n_embd > 0 && e.n_head > 0 && e.n_head_kv > 0 && e.head_dim > 0 &&
         e.n_ff > 0 && e.n_vocab > 0;
}

std::uint64_t matrix_parameters(const CatalogEntry& e) {
  std::uint64_t count = 0;
  for (const Entry& tensor : layer_tensors(e, 0)) count += static_cast<std::uint64_t>(tensor.shape.elements());
  return count * static_cast<std::uint64_t>(e.n_layer) + static_cast<std::uint64_t>(e.n_vocab * e.n_embd);
}

/// Whether the embedding is the output matrix, too: the parameters leave no room for a second one.
bool is_tied(const CatalogEntry& e) {
  const auto output = static_cast<std::uint64_t>(e.n_vocab * e.n_embd);
  return e.parameters < matrix_parameters(e) + output / 2;
}

std::uint64_t sum_of_tensors(const CatalogEntry& e, const Quantization& wanted) {
  const bool has_output = !is_tied(e) || e.has_output_twice;
  MixContext context;
  context.architecture = e.architecture;
  context.n_layer = context.n_value_layers = e.n_layer;
  context.tied_output = !has_output;
  std::vector<Entry> tensors = {matrix("token_embd.weight", e.n_vocab, e.n_embd)};
  if (has_output) tensors.push_back(matrix("output.weight", e.n_vocab, e.n_embd));
  for (std::int64_t layer = 0; layer < e.n_layer; ++layer) {
    for (Entry& tensor : layer_tensors(e, layer)) tensors.push_back(std::move(tensor));
  }
  std::uint64_t bytes = 0;
  for (const Entry& tensor : tensors) {
    const DType type = choose_tensor_type(wanted, context, tensor.name, tensor.shape, DType::kF32);
    bytes += static_cast<std::uint64_t>(tensor.shape[0]) * row_bytes(type, tensor.shape[1]);
  }
  return bytes;
}

}  // namespace

std::uint64_t weight_bytes_of(const CatalogEntry& entry, std::string_view quantization) {
  if (const auto stated = entry.sizes.find(std::string(quantization)); stated != entry.sizes.end())
    return stated->second;
  if (entry.is_gguf() && is_listed(entry)) {
    for (const Quantization& wanted : quantizations()) {
      if (wanted.name == quantization) return sum_of_tensors(entry, wanted);
    }
  }
  const QuantizationLabel* label = find_quantization_label(quantization);
  if (label == nullptr || entry.parameters == 0) return 0;
  auto parameters = static_cast<double>(entry.parameters);
  if (entry.has_output_twice) parameters += static_cast<double>(entry.n_vocab * entry.n_embd);
  return static_cast<std::uint64_t>(parameters * label->bits_per_weight / 8);
}

std::uint64_t file_bytes_of(const CatalogEntry& entry, std::string_view quantization) {
  const std::uint64_t weights = weight_bytes_of(entry, quantization);
  const bool is_stated = entry.sizes.contains(std::string(quantization));
  if (weights == 0 || is_stated || !entry.is_gguf()) return weights;
  return weights + static_cast<std::uint64_t>(entry.n_vocab) * kBytesPerToken;
}

}  // namespace hearth
