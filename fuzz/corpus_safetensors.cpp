#include "corpus.h"
#include "format/safetensors.h"

namespace hearth::fuzz {
namespace {

Tensor zeros(DType dtype, Shape shape) {
  const auto storage = std::make_shared<std::string>(row_bytes(dtype, shape.elements()) + 1, '\0');
  return {dtype, shape, reinterpret_cast<const std::byte*>(storage->data()), storage};
}

const Corpus kSafetensors("safetensors", [] {
  NamedTensors all;
  for (const char* name : {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}) {
    all.emplace_back(name, zeros(*dtype_from_safetensors(name), {1, 2}));
  }
  return Seeds{
      {"empty", safetensors_bytes({})},
      {"metadata", safetensors_bytes({}, {{"format", "pt"}, {"note", "\"\\\n"}})},
      {"one", safetensors_bytes({{"w", zeros(DType::kF32, {3})}})},
      {"scalar_and_nothing", safetensors_bytes({{"s", zeros(DType::kF32, {})}, {"n", zeros(DType::kF16, {0, 4})}})},
      {"all", safetensors_bytes(all, {{"format", "pt"}})}};
});

}  // namespace
}  // namespace hearth::fuzz
