#include "model/weight_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "hearth/error.h"
#include "kernels/dequantize.h"

namespace hearth {
namespace {

class Loader {
 public:
  Loader(const TensorTable& table, const TensorNames& names, const TransformerSpec& spec, const std::string& where)
      : table_(table), names_(names), spec_(spec), where_(where), prefix_(find_prefix(table, names, where)) {}

  Weights load() {
    Weights weights;
    const std::int64_t d = spec_.n_embd;
    weights.token_embedding = matrix(prefix_ + names_.token_embedding + ".weight", spec_.n_vocab, d);
    if (spec_.learned_positions) {
      const Tensor table =
          matrix(prefix_ + names_.position_embedding + ".weight", spec_.context_length + spec_.position_offset, d);
      weights.position_embedding = table.rows(spec_.position_offset, table.shape[0]);
    }
    if (spec_.token_types) weights.token_type = first_row(prefix_ + names_.token_type + ".weight", d);
    if (spec_.embedding_norm) weights.embedding_norm = norm(prefix_ + names_.embedding_norm, d);
    for (std::int64_t i = 0; i < spec_.n_layer; ++i) weights.layers.push_back(layer(i));
    if (spec_.output_norm) weights.output_norm = norm(prefix_ + names_.output_norm, d);
    load_output(weights);
    refuse_unused();
    return weights;
  }

 private:
  const Tensor* find(const std::string& name) {
    const Tensor* tensor = table_.find(name);
    if (tensor != nullptr) used_.insert(name);
    return tensor;
  }

  [[noreturn]] void fail(const std::string& name, const std::string& problem) const {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: tensor '{}' {}", where_, name, problem),
                "the file is damaged or was made for something else; get it again");
  }

  const Tensor& require(const std::string& name) {
    const Tensor* tensor = find(name);
    if (tensor == nullptr)
      fail(name, fmt::format("is missing ({} with {} layers needs it)", spec_.architecture, spec_.n_layer));
    return *tensor;
  }

  void check(const std::string& name, const Tensor& tensor, const Shape& wanted) const {
    if (!(tensor.shape == wanted))
      fail(name, fmt::format("has shape {}, expected {}", tensor.shape.to_string(), wanted.to_string()));
    if (!dtype_info(tensor.dtype).is_weight)
      fail(name, fmt::format("has type {}, which is not for weights", dtype_name(tensor.dtype)));
  }

  Tensor matrix(const std::string& name, std::int64_t n_out, std::int64_t n_in) {
    const Tensor& tensor = require(name);
    check(name, tensor, {n_out, n_in});
    return tensor;
  }

  Tensor vector(const std::string& name, const Tensor& tensor, std::int64_t n) const {
    check(name, tensor, {n});
    return to_f32(tensor);
  }

  Tensor first_row(const std::string& name, std::int64_t n) {
    const Tensor& table = require(name);
    if (table.shape.size() != 2 || table.shape[0] < 1)
      fail(name, fmt::format("has shape {}, expected rows of {}", table.shape.to_string(), n));
    check(name, table, {table.shape[0], n});
    Tensor row = to_f32(table.rows(0, 1));
    row.shape = {n};
    return row;
  }

  Norm norm(const std::string& stem, std::int64_t n) {
    Norm result;
    result.weight = vector(stem + ".weight", require(stem + ".weight"), n);
    if (spec_.norm == NormKind::kLayer) result.bias = vector(stem + ".bias", require(stem + ".bias"), n);
    if (spec_.unit_offset_norm) {
      std::vector<float> values(result.weight.f32().begin(), result.weight.f32().end());
      for (float& value : values) value += 1.0F;
      result.weight = make_f32_tensor({n}, values);
    }
    return result;
  }

  Linear linear(const std::string& stem, std::int64_t n_out, std::int64_t n_in, bool bias_required) {
    Linear result;
    const std::string weight = stem + ".weight";
    result.weight =
        spec_.transposed_linear ? transposed(matrix_without_blocks(weight, n_in, n_out)) : matrix(weight, n_out, n_in);
    const Tensor* bias = bias_required ? &require(stem + ".bias") : find(stem + ".bias");
    if (bias != nullptr) result.bias = vector(stem + ".bias", *bias, n_out);
    return result;
  }

  Tensor matrix_without_blocks(const std::string& name, std::int64_t rows, std::int64_t columns) {
    Tensor tensor = matrix(name, rows, columns);
    if (is_quantized(tensor.dtype)) fail(name, "is quantised and cannot be transposed");
    return tensor;
  }

  static Linear part(const Linear& fused, std::int64_t begin, std::int64_t end) {
    Linear result;
    result.weight = fused.weight.rows(begin, end);
    if (fused.bias) {
      result.bias = {DType::kF32,
                     {end - begin},
                     fused.bias.data + static_cast<std::size_t>(begin) * sizeof(float),
                     fused.bias.owner};
    }
    return result;
  }

  bool has(const std::string& stem) const { return table_.find(stem + ".weight") != nullptr; }

  void load_qkv(const std::string& at, LayerWeights& layer) {
    const std::int64_t q = spec_.n_head * spec_.head_dim;
    const std::int64_t kv = spec_.n_head_kv * spec_.head_dim;
    const bool bias = spec_.linear_bias || spec_.qkv_bias;
    if (names_.q.empty() || (!names_.qkv.empty() && has(at + names_.qkv))) {
      const Linear fused = linear(at + names_.qkv, q + 2 * kv, spec_.n_embd, bias);
      layer.q = part(fused, 0, q);
      layer.k = part(fused, q, q + kv);
      layer.v = part(fused, q + kv, q + 2 * kv);
      return;
    }
    layer.q = linear(at + names_.q, q, spec_.n_embd, bias);
    layer.k = linear(at + names_.k, kv, spec_.n_embd, bias);
    layer.v = linear(at + names_.v, kv, spec_.n_embd, bias);
  }

  void load_ffn(const std::string& at, LayerWeights& layer) {
    const std::int64_t d = spec_.n_embd;
    const std::int64_t ff = spec_.n_ff;
    const Tensor* gate_up = table_.find(at + names_.gate_up + ".weight");
    // Files name the fused matrix as others name `up` alone: its height tells.
    const bool separate = !names_.gate.empty() && (has(at + names_.gate) || gate_up == nullptr ||
                                                   gate_up->shape.size() != 2 || gate_up->shape[0] != 2 * ff);
    const bool fused = spec_.gated && !separate;
    if (fused) {
      const Linear both = linear(at + names_.gate_up, 2 * ff, d, spec_.linear_bias);
      layer.gate = part(both, 0, ff);
      layer.up = part(both, ff, 2 * ff);
    } else {
      if (spec_.gated) layer.gate = linear(at + names_.gate, ff, d, spec_.linear_bias);
      layer.up = linear(at + names_.up, ff, d, spec_.linear_bias);
    }
    layer.down = linear(at + names_.down, d, ff, spec_.linear_bias);
  }

  LayerWeights layer(std::int64_t index) {
    const std::string at = prefix_ + fmt::format(fmt::runtime(names_.layer), index);
    const std::int64_t d = spec_.n_embd;
    LayerWeights layer;
    const bool pre = spec_.block != BlockKind::kPostNorm;
    const bool post = spec_.block == BlockKind::kPostNorm || spec_.block == BlockKind::kSandwichNorm;
    if (pre) layer.attention_norm = norm(at + names_.attention_norm, d);
    if (pre && spec_.block != BlockKind::kParallel) layer.ffn_norm = norm(at + names_.ffn_norm, d);
    if (post) layer.attention_post_norm = norm(at + names_.attention_post_norm, d);
    if (post) layer.ffn_post_norm = norm(at + names_.ffn_post_norm, d);
    load_qkv(at, layer);
    if (spec_.qk_norm) {
      layer.q_norm = norm(at + names_.q_norm, spec_.head_dim);
      layer.k_norm = norm(at + names_.k_norm, spec_.head_dim);
    }
    layer.output = linear(at + names_.attention_output, d, spec_.n_head * spec_.head_dim, spec_.linear_bias);
    load_ffn(at, layer);
    return layer;
  }

  void load_output(Weights& weights) {
    if (spec_.tied_output || names_.output.empty()) {
      if (!names_.output.empty())
        find(names_.output + ".weight");  // a second copy of the embedding, as some files keep
      weights.output.weight = weights.token_embedding;
      return;
    }
    if (!has(names_.output) && !spec_.generates()) return;
    weights.output.weight = matrix(names_.output + ".weight", spec_.n_vocab, spec_.n_embd);
    if (const Tensor* bias = find(names_.output + ".bias"))
      weights.output.bias = vector(names_.output + ".bias", *bias, spec_.n_vocab);
  }

  void refuse_unused() const {
    for (const auto& [name, tensor] : table_.all()) {
      if (used_.contains(name) || is_ignored(name)) continue;
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: tensor '{}' {} has no place in a {} model of {} layers", where_, name,
                              tensor.shape.to_string(), spec_.architecture, spec_.n_layer),
                  "the file holds a variant of this architecture that Hearth does not know");
    }
  }

  bool is_ignored(const std::string& name) const {
    for (const std::string& suffix : names_.ignored) {
      if (name.ends_with(suffix)) return true;
    }
    return false;
  }

  const TensorTable& table_;
  const TensorNames& names_;
  const TransformerSpec& spec_;
  const std::string& where_;
  std::string prefix_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace

std::string find_prefix(const TensorTable& table, const TensorNames& names, const std::string& where) {
  for (const std::string& prefix : names.prefixes) {
    if (table.find(prefix + names.token_embedding + ".weight") != nullptr) return prefix;
  }
  throw Error(ErrorCode::kCorruptData,
              fmt::format("{}: the token embedding '{}{}.weight' is missing", where, names.prefixes.front(),
                          names.token_embedding),
              table.empty() ? "the file holds no weights (a vocabulary only?)"
                            : "the file is damaged or of another architecture");
}

Weights load_weights(const TensorTable& table, const TensorNames& names, const TransformerSpec& spec,
                     const std::string& where) {
  return Loader(table, names, spec, where).load();
}

Tensor to_f32(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  dequantize(tensor.dtype, tensor.data, tensor.elements(), values.data());
  return make_f32_tensor(tensor.shape, values);
}

Tensor transposed(const Tensor& matrix) {
  const std::size_t size = dtype_info(matrix.dtype).bytes;
  const auto rows = static_cast<std::size_t>(matrix.shape[0]);
  const auto columns = static_cast<std::size_t>(matrix.shape[1]);
  auto storage = std::make_shared<std::vector<std::byte>>(matrix.bytes());
  constexpr std::size_t kTile = 32;  // keeps both sides of the copy in cache
  for (std::size_t r0 = 0; r0 < rows; r0 += kTile) {
    for (std::size_t c0 = 0; c0 < columns; c0 += kTile) {
      for (std::size_t r = r0; r < std::min(rows, r0 + kTile); ++r) {
        for (std::size_t c = c0; c < std::min(columns, c0 + kTile); ++c) {
          std::memcpy(storage->data() + (c * rows + r) * size, matrix.data + (r * columns + c) * size, size);
        }
      }
    }
  }
  const std::byte* data = storage->data();
  return {matrix.dtype, {matrix.shape[1], matrix.shape[0]}, data, std::move(storage)};
}

}  // namespace hearth
