#include "hub/quantize/tensor_type.h"

#include <charconv>

namespace hearth {
namespace {

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  for (const std::string_view end : ends) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

/// The first and the last eighth of the layers, and every third of those between.
bool gets_more_bits(std::int64_t layer, std::int64_t n_layer) {
  const std::int64_t eighth = n_layer / 8;
  return layer < eighth || layer >= 7 * n_layer / 8 || (layer - eighth) % 3 == 2;
}

/// The type next in size with blocks of 32.
DType with_small_blocks(DType dtype) {
  switch (dtype) {
    case DType::kQ4_K: return DType::kQ5_0;
    case DType::kQ5_K: return DType::kQ5_1;
    case DType::kQ6_K: return DType::kQ8_0;
    default: return DType::kF16;
  }
}

bool fits(DType dtype, std::int64_t row_length) { return row_length % dtype_info(dtype).block == 0; }

DType value_type(const Quantization& wanted, const MixContext& model, std::int64_t layer) {
  DType type = wanted.base;
  if (wanted.mix == Mix::kMedium && gets_more_bits(layer, model.n_value_layers)) type = DType::kQ6_K;
  if (wanted.base == DType::kQ4_K && wanted.mix == Mix::kSmall && layer < 4) type = DType::kQ5_K;
  // Models of 80 layers (70B) share one value head among eight query heads: the matrix is small and worth more.
  const bool shared_by_eight = model.n_layer == 80 && (model.architecture == "llama" || model.architecture == "qwen2");
  return shared_by_eight && type == DType::kQ4_K ? DType::kQ5_K : type;
}

DType down_type(const Quantization& wanted, const MixContext& model, std::int64_t layer) {
  if (wanted.mix == Mix::kMedium && gets_more_bits(layer, model.n_layer)) return DType::kQ6_K;
  if (wanted.base == DType::kQ4_K && wanted.mix == Mix::kSmall && layer < model.n_layer / 8) return DType::kQ5_K;
  return wanted.base;
}

DType output_type(const Quantization& wanted, std::int64_t row_length) {
  if (!fits(wanted.base, row_length) || wanted.base == DType::kQ8_0) return DType::kQ8_0;
  return DType::kQ6_K;
}

}  // namespace

std::int64_t layer_of(std::string_view name) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return -1;
  std::int64_t layer = -1;
  const char* begin = name.data() + kPrefix.size();
  const auto [end, code] = std::from_chars(begin, name.data() + name.size(), layer);
  return code == std::errc() && end != name.data() + name.size() && *end == '.' ? layer : -1;
}

bool is_quantizable(std::string_view name, const Shape& shape) {
  if (shape.size() < 2 || !name.ends_with("weight")) return false;
  if (name.find("_norm.weight") != std::string_view::npos || name.find("ffn_gate_inp.weight") != std::string_view::npos)
    return false;
  return name != "position_embd.weight" && name != "token_types.weight";
}

DType choose_tensor_type(const Quantization& wanted, const MixContext& model, std::string_view name, const Shape& shape,
                         DType source) {
  if (!is_quantizable(name, shape)) return source;
  if (!is_quantized(wanted.base)) return wanted.base;
  DType type = wanted.base;
  if (name == "output.weight" || (name == "token_embd.weight" && model.tied_output)) {
    type = output_type(wanted, shape.back());
  } else if (ends_with_any(name, {"attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight"})) {
    type = value_type(wanted, model, layer_of(name));
  } else if (name.find("ffn_down") != std::string_view::npos) {
    type = down_type(wanted, model, layer_of(name));
  }
  if (!fits(type, shape.back())) type = with_small_blocks(type);
  return fits(type, shape.back()) ? type : DType::kF16;
}

}  // namespace hearth
