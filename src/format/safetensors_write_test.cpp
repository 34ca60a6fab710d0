#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "format/safetensors.h"
#include "format/testing/expect_error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using testing::expect_error;

Tensor filled(DType dtype, Shape shape, char fill) {
  const auto storage =
      std::make_shared<std::string>(static_cast<std::size_t>(shape.elements()) * dtype_info(dtype).bytes, fill);
  return {dtype, shape, reinterpret_cast<const std::byte*>(storage->data()), storage};
}

TEST(SafetensorsWrite, WritesTheBytesOfTheFormat) {
  const std::string bytes = safetensors_bytes({{"t", make_f32_tensor({1, 1}, std::vector<float>{1})}});
  const std::string header = R"({"t":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})";
  const std::uint64_t length = (header.size() + 7) / 8 * 8;
  ASSERT_EQ(bytes.size(), 8 + length + 4);
  EXPECT_EQ(std::memcmp(bytes.data(), &length, 8), 0);
  EXPECT_EQ(bytes.substr(8, length), header + std::string(length - header.size(), ' '));
  EXPECT_EQ(bytes.substr(8 + length), std::string("\x00\x00\x80\x3f", 4));
}

TEST(SafetensorsWrite, EveryDtypeComesBackAligned) {
  NamedTensors tensors;
  for (const DType dtype : {DType::kBool, DType::kBF16, DType::kF32, DType::kU8, DType::kI64, DType::kF16, DType::kI8,
                            DType::kI32, DType::kF64, DType::kI16}) {
    tensors.emplace_back(std::string(dtype_name(dtype)), filled(dtype, {3, 1}, static_cast<char>(tensors.size() % 2)));
  }
  tensors.emplace_back("scalar", filled(DType::kF32, {}, 'x'));
  tensors.emplace_back("nothing", filled(DType::kF32, {0, 5}, 'x'));
  tensors.emplace_back("quote \" and é", filled(DType::kU8, {1}, 'x'));
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "x.safetensors";
  write_safetensors(path, tensors, {{"format", "pt"}, {"note", "a\nb"}});
  EXPECT_EQ(read_file(path), safetensors_bytes(tensors, {{"format", "pt"}, {"note", "a\nb"}}));

  TensorTable table;
  std::map<std::string, std::string> metadata;
  read_safetensors(path, table, &metadata);
  EXPECT_EQ(metadata, (std::map<std::string, std::string>{{"format", "pt"}, {"note", "a\nb"}}));
  ASSERT_EQ(table.all().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const Tensor* found = table.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->dtype, tensor.dtype);
    EXPECT_EQ(found->shape, tensor.shape);
    EXPECT_EQ(std::memcmp(found->data, tensor.data, tensor.bytes()), 0) << name;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(found->data) % dtype_info(tensor.dtype).bytes, 0u) << name;
  }
}

TEST(SafetensorsWrite, RefusesWhatTheFormatCannotHold) {
  const Tensor one = filled(DType::kF32, {1}, 'x');
  const auto refused = [](const std::string& part, const NamedTensors& tensors) {
    expect_error(ErrorCode::kInvalidArgument, {part}, [&] { safetensors_bytes(tensors); });
  };
  refused("tensor 't' is given twice", {{"t", one}, {"t", one}});
  refused("tensor 't' is Q4_0", {{"t", Tensor{DType::kQ4_0, {32}, one.data, one.owner}}});
  refused("'__metadata__'", {{"__metadata__", one}});
  refused("'\\xFF' is not valid UTF-8", {{"\xff", one}});
  refused("tensor 't' has no data", {{"t", Tensor{DType::kF32, {1}, nullptr, nullptr}}});
  refused("tensor 't' has shape [-1]", {{"t", Tensor{DType::kF32, {-1}, one.data, one.owner}}});
  expect_error(ErrorCode::kInvalidArgument, {"metadata 'k' is not valid UTF-8"}, [&] {
    safetensors_bytes({}, {{"k", "\xff"}});
  });
}

}  // namespace
}  // namespace hearth
