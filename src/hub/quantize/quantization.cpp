#include "hub/quantize/quantization.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr Quantization kQuantizations[] = {
    {"F32", DType::kF32, Mix::kUniform, 0},    {"F16", DType::kF16, Mix::kUniform, 1},
    {"BF16", DType::kBF16, Mix::kUniform, 32}, {"Q8_0", DType::kQ8_0, Mix::kUniform, 7},
    {"Q6_K", DType::kQ6_K, Mix::kUniform, 18}, {"Q5_K_M", DType::kQ5_K, Mix::kMedium, 17},
    {"Q5_K_S", DType::kQ5_K, Mix::kSmall, 16}, {"Q4_K_M", DType::kQ4_K, Mix::kMedium, 15},
    {"Q4_K_S", DType::kQ4_K, Mix::kSmall, 14}, {"Q5_1", DType::kQ5_1, Mix::kUniform, 9},
    {"Q5_0", DType::kQ5_0, Mix::kUniform, 8},  {"Q4_1", DType::kQ4_1, Mix::kUniform, 3},
    {"Q4_0", DType::kQ4_0, Mix::kUniform, 2},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::span<const Quantization> quantizations() { return kQuantizations; }

const Quantization& find_quantization(std::string_view name) {
  // The K mixes are often called by the name of their medium one.
  const std::string_view wanted = same_name(name, "Q4_K") ? "Q4_K_M" : same_name(name, "Q5_K") ? "Q5_K_M" : name;
  std::string names;
  for (const Quantization& quantization : kQuantizations) {
    if (same_name(quantization.name, wanted)) return quantization;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", quantization.name);
  }
  throw Error(ErrorCode::kInvalidArgument, fmt::format("there is no quantisation {}", quote(name)),
              fmt::format("choose one of {}", names));
}

}  // namespace hearth
