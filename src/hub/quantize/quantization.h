// The names that a quantised file goes by ("Q4_K_M"), and what each asks of the matrices. Which tensor gets which type
// is in tensor_type.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/dtype.h"

namespace hearth {

/// Whether a mix gives some matrices more bits than the rest.
enum class Mix { kUniform, kSmall, kMedium };

struct Quantization {
  std::string_view name;
  DType base;  ///< of most matrices
  Mix mix;
  std::uint32_t file_type;  ///< general.file_type: llama.cpp's enum llama_ftype (include/llama.h)
};

std::span<const Quantization> quantizations();

/// Any case. Errors: kInvalidArgument listing the names.
const Quantization& find_quantization(std::string_view name);

}  // namespace hearth
