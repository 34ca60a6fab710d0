// Which type each tensor of a quantised file gets. The rules are those of llama.cpp's llama-quantize
// (src/llama-quant.cpp), so that files of one name are the same thing whoever made them: `attn_v` and `ffn_down` of
// some layers and the output matrix are worth more bits than the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/quantize/quantization.h"
#include "tensor/tensor.h"

namespace hearth {

/// What the rules must know of a model.
struct MixContext {
  std::string architecture;  ///< general.architecture
  std::int64_t n_layer = 0;
  std::int64_t n_value_layers = 0;  ///< matrices of values (attn_v or attn_qkv)
  bool tied_output = false;         ///< the token embedding is the output matrix too
};

/// Whether a tensor is a matrix that is multiplied with: not a norm, bias, position table or token type.
bool is_quantizable(std::string_view name, const Shape& shape);

/// The type of a tensor whose type in the source is `source`. What is not quantised stays as it is. Where a row is no
/// whole number of blocks it is the type of small blocks that comes next (Q4_K → Q5_0, Q5_K → Q5_1, Q6_K → Q8_0), and
/// F16 where that does not fit either.
DType choose_tensor_type(const Quantization& wanted, const MixContext& model, std::string_view name, const Shape& shape,
                         DType source);

/// The number in "blk.N."; -1 without one.
std::int64_t layer_of(std::string_view name);

}  // namespace hearth
