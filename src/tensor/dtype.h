// The element types of tensors: what they are called, how many values share a block, and how many bytes a block takes.
// How a block is turned into numbers is in kernels/dequantize.h; its layout is in tensor/blocks.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth {

enum class DType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ4_NL,
  kIQ4_XS,
  kF64,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kBool,
};
inline constexpr int kDTypeCount = static_cast<int>(DType::kBool) + 1;

struct DTypeInfo {
  std::string_view name;  ///< "Q4_K"
  std::int64_t block;     ///< values in a block; 1 where each value stands alone
  std::size_t bytes;      ///< bytes in a block
  int ggml_type;          ///< the number in a GGUF file; -1 where GGUF has none
  bool is_weight;         ///< kernels can multiply with it
};

const DTypeInfo& dtype_info(DType dtype);
inline std::string_view dtype_name(DType dtype) { return dtype_info(dtype).name; }
inline bool is_quantized(DType dtype) { return dtype_info(dtype).block > 1; }

std::optional<DType> dtype_from_ggml(std::uint32_t ggml_type);
std::optional<DType> dtype_from_safetensors(std::string_view name);  ///< "F32", "BF16", "I64", "BOOL" …
std::optional<DType> dtype_from_name(std::string_view name);         ///< as dtype_name writes it, any case

/// Bytes of `n` values; n must be a multiple of the block. Empty when n is not, is negative, or the result overflows.
std::optional<std::uint64_t> checked_bytes(DType dtype, std::int64_t n);
/// REQUIRES: n is a multiple of the block and the result fits.
inline std::size_t row_bytes(DType dtype, std::int64_t n) {
  const DTypeInfo& info = dtype_info(dtype);
  return static_cast<std::size_t>(n / info.block) * info.bytes;
}

}  // namespace hearth
