#include <gtest/gtest.h>

#include <cstring>

#include "format/safetensors.h"
#include "hearth/model.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

TEST(SaveTensor, CanBeReadBack) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "x.safetensors").string();
  const std::vector<float> values = {1, -2.5F, 3e-30F, 4, 5, 6};
  save_f32_tensor(path, "logits", {2, 3}, values);
  TensorTable table;
  read_safetensors(path, table);
  const Tensor* tensor = table.find("logits");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->dtype, DType::kF32);
  EXPECT_EQ(tensor->shape, (Shape{2, 3}));
  EXPECT_EQ(std::memcmp(tensor->data, values.data(), values.size() * sizeof(float)), 0);
}

TEST(SaveTensor, TheShapeMustBeThatOfTheValues) {
  const std::vector<float> values(6);
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 2}, {-2, -3}, {7}, {1LL << 62, 4}, std::vector<std::int64_t>(9, 1)}) {
    try {
      save_f32_tensor("/nonexistent/x", "t", shape, values);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace hearth
