#include <vector>

#include "corpus.h"
#include "format/gguf_writer.h"

namespace hearth::fuzz {
namespace {

Tensor zeros(DType dtype, Shape shape) {
  const auto storage = std::make_shared<std::string>(row_bytes(dtype, shape.elements()), '\0');
  return {dtype, shape, reinterpret_cast<const std::byte*>(storage->data()), storage};
}

/// Every type of value that the writer has a call for, and those that it copies.
std::string metadata() {
  GgufWriter writer("llama");
  writer.set("u32", std::uint32_t{7});
  writer.set("i32", std::int32_t{-7});
  writer.set("u64", std::uint64_t{1} << 40);
  writer.set("i64", -(std::int64_t{1} << 40));
  writer.set("f32", 0.5f);
  writer.set("bool", true);
  writer.set("string", "text");
  writer.set("strings", std::vector<std::string>{"a", "", "bc"});
  writer.set("floats", std::vector<float>{1.0f, -1.0f});
  writer.set("ints", std::vector<std::int32_t>{1, -1});
  writer.set("uints", std::vector<std::uint32_t>{1, 2});
  writer.set_raw("u8", {GgufType::kU8, std::uint64_t{1}});
  writer.set_raw("i8", {GgufType::kI8, std::int64_t{-1}});
  writer.set_raw("u16", {GgufType::kU16, std::uint64_t{1}});
  writer.set_raw("i16", {GgufType::kI16, std::int64_t{-1}});
  writer.set_raw("f64", {GgufType::kF64, 0.5});
  GgufArray inner;
  inner.type = GgufType::kString;
  inner.count = 1;
  inner.strings = {"x"};
  GgufArray outer;
  outer.type = GgufType::kArray;
  outer.count = 2;
  outer.arrays = {inner, inner};
  writer.set_raw("nested", {GgufType::kArray, outer});
  return writer.to_bytes();
}

std::string tensors(std::uint32_t alignment) {
  GgufWriter writer("llama");
  writer.add_tensor("f32", zeros(DType::kF32, {2, 3}));
  writer.add_tensor("f16", zeros(DType::kF16, {1, 2, 3, 4}));
  writer.add_tensor("q4_0", zeros(DType::kQ4_0, {2, 32}));
  writer.add_tensor("q6_k", zeros(DType::kQ6_K, {1, 256}));
  return writer.to_bytes(alignment);
}

std::string part_of_a_split() {
  GgufWriter writer("llama");
  writer.set_raw("split.no", {GgufType::kU16, std::uint64_t{0}});
  writer.set_raw("split.count", {GgufType::kU16, std::uint64_t{2}});
  writer.set("split.tensors.count", std::int32_t{1});
  return writer.to_bytes();
}

const Corpus kGguf("gguf", [] {
  return Seeds{{"empty", GgufWriter("llama").to_bytes()},
               {"metadata", metadata()},
               {"tensors", tensors(32)},
               {"tensors_aligned_to_8", tensors(8)},
               {"split", part_of_a_split()}};
});

}  // namespace
}  // namespace hearth::fuzz
