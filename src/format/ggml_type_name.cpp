#include "format/ggml_type_name.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "tensor/dtype.h"

namespace hearth {
namespace {

// enum ggml_type of ggml.h, removed numbers included, less what dtype_info knows.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 23> kUnsupported = {{
    {4, "Q4_2"},        {5, "Q4_3"},      {9, "Q8_1"},   {15, "Q8_K"},  {16, "IQ2_XXS"},    {17, "IQ2_XS"},
    {18, "IQ3_XXS"},    {19, "IQ1_S"},    {21, "IQ3_S"}, {22, "IQ2_S"}, {29, "IQ1_M"},      {31, "Q4_0_4_4"},
    {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"}, {34, "TQ1_0"}, {35, "TQ2_0"}, {36, "IQ4_NL_4_4"}, {37, "IQ4_NL_4_8"},
    {38, "IQ4_NL_8_8"}, {39, "MXFP4"},    {40, "NVFP4"}, {41, "Q1_0"},  {42, "Q2_0"},
}};

}  // namespace

std::string ggml_type_name(std::uint32_t type) {
  if (const auto dtype = dtype_from_ggml(type)) return fmt::format("{} ({})", type, dtype_name(*dtype));
  for (const auto& [number, name] : kUnsupported) {
    if (number == type) return fmt::format("{} ({})", type, name);
  }
  return fmt::format("{}", type);
}

std::string supported_ggml_types() {
  std::string names;
  for (int i = 0; i < kDTypeCount; ++i) {
    const DTypeInfo& info = dtype_info(static_cast<DType>(i));
    if (info.ggml_type < 0) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", info.name);
  }
  return names;
}

}  // namespace hearth
