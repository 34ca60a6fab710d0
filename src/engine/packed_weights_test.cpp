// A model computes the same whether its weights were packed in memory or come out of the cache, and nearly the same
// without; tokens, adapters and exact products read the file's own tensors.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/engine_test_support.h"

namespace hearth {
namespace {

class PackedWeights : public testing::RandomModelTest, public ::testing::WithParamInterface<DType> {
 protected:
  PackedWeights() {
    testing::make_random_llama(path(), GetParam(), 512);
    options_.threads = 2;
  }
  std::string path() const { return (folder_.path() / "packed.gguf").string(); }

  std::vector<float> logits(const PackingOptions& packing, bool exact = false) {
    LoadOptions load;
    load.packing = packing;
    model_ = std::make_shared<const LoadedModel>(load_model(path(), load));
    options_.exact = exact;
    std::vector<float> all;
    engine()->evaluate(letters(40, 3), Output::kAllLogits, nullptr, 16,
                       [&](std::span<const float> rows) { all.insert(all.end(), rows.begin(), rows.end()); });
    return all;
  }
};

TEST_P(PackedWeights, ComputeTheSameFromMemoryAndFromTheCache) {
  const std::vector<float> in_memory = logits({});
  const bool packed = static_cast<bool>(model_->weights.layers[0].q.packed);
  const bool reads_packed = kernel_table().matmul_packed[static_cast<std::size_t>(GetParam())] != nullptr;
  EXPECT_EQ(packed, can_pack(GetParam()) && reads_packed);

  PackingOptions files;
  files.in_memory_bytes = 0;
  files.folder = (folder_.path() / "cache").string();
  files.on_problem = [](std::string_view line) { ADD_FAILURE() << line; };
  EXPECT_EQ(logits(files), in_memory) << "made";
  EXPECT_EQ(logits(files), in_memory) << "found";
  EXPECT_EQ(std::filesystem::exists(files.folder), packed);

  PackingOptions none;
  none.enabled = false;
  const std::vector<float> plain = logits(none);
  EXPECT_FALSE(model_->weights.layers[0].q.packed);
  ASSERT_EQ(plain.size(), in_memory.size());
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    largest = std::max(largest, std::abs(double{plain[i]}));
    difference = std::max(difference, std::abs(double{plain[i]} - double{in_memory[i]}));
  }
  // Sums in another order may round activations to another of their 8-bit values.
  EXPECT_LT(difference, 0.02 * largest);
}

TEST_P(PackedWeights, ExactProductsDoNotUseThem) {
  const std::vector<float> packed = logits({}, true);
  PackingOptions none;
  none.enabled = false;
  EXPECT_EQ(logits(none, true), packed);
}

TEST_P(PackedWeights, WithoutAFolderThatCanBeWrittenTheFileServes) {
  PackingOptions files;
  files.in_memory_bytes = 0;
  files.folder = path() + "/below-a-file";
  int problems = 0;
  files.on_problem = [&](std::string_view line) {
    EXPECT_NE(line.find("below-a-file"), std::string_view::npos) << line;
    ++problems;
  };
  const std::vector<float> plain = logits(files);
  const bool could_be_packed =
      can_pack(GetParam()) && kernel_table().matmul_packed[static_cast<std::size_t>(GetParam())] != nullptr;
  EXPECT_EQ(problems, could_be_packed ? 1 : 0);
  PackingOptions none;
  none.enabled = false;
  EXPECT_EQ(logits(none), plain);
}

INSTANTIATE_TEST_SUITE_P(DTypes, PackedWeights, ::testing::Values(DType::kQ4_0, DType::kQ8_0, DType::kF16),
                         [](const auto& tested) { return std::string(dtype_name(tested.param)); });

}  // namespace
}  // namespace hearth
