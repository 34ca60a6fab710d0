#include "tensor/dtype.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace hearth {
namespace {

// Numbers of ggml_type and block sizes: ggml.h and ggml-common.h of llama.cpp.
constexpr std::array<DTypeInfo, kDTypeCount> kInfo = {{
    {"F32", 1, 4, 0, true},       {"F16", 1, 2, 1, true},       {"BF16", 1, 2, 30, true},
    {"Q4_0", 32, 18, 2, true},    {"Q4_1", 32, 20, 3, true},    {"Q5_0", 32, 22, 6, true},
    {"Q5_1", 32, 24, 7, true},    {"Q8_0", 32, 34, 8, true},    {"Q2_K", 256, 84, 10, true},
    {"Q3_K", 256, 110, 11, true}, {"Q4_K", 256, 144, 12, true}, {"Q5_K", 256, 176, 13, true},
    {"Q6_K", 256, 210, 14, true}, {"IQ4_NL", 32, 18, 20, true}, {"IQ4_XS", 256, 136, 23, true},
    {"F64", 1, 8, 28, false},     {"I8", 1, 1, 24, false},      {"I16", 1, 2, 25, false},
    {"I32", 1, 4, 26, false},     {"I64", 1, 8, 27, false},     {"U8", 1, 1, -1, false},
    {"BOOL", 1, 1, -1, false},
}};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

const DTypeInfo& dtype_info(DType dtype) { return kInfo[static_cast<std::size_t>(dtype)]; }

std::optional<DType> dtype_from_ggml(std::uint32_t ggml_type) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const int number = kInfo[static_cast<std::size_t>(i)].ggml_type;
    if (number >= 0 && static_cast<std::uint32_t>(number) == ggml_type) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const DTypeInfo& info = kInfo[static_cast<std::size_t>(i)];
    if (info.block == 1 && info.name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (int i = 0; i < kDTypeCount; ++i) {
    if (equal_ignoring_case(kInfo[static_cast<std::size_t>(i)].name, name)) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> checked_bytes(DType dtype, std::int64_t n) {
  const DTypeInfo& info = dtype_info(dtype);
  if (n < 0 || n % info.block != 0) return std::nullopt;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(n / info.block), std::uint64_t{info.bytes}, &bytes))
    return std::nullopt;
  return bytes;
}

}  // namespace hearth
