#include "hub/catalog/quantization_label.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

std::string in_name(std::string_view file) {
  const QuantizationLabel* found = quantization_in_file_name(file);
  return found == nullptr ? "" : std::string(found->name);
}

TEST(QuantizationLabel, IsReadFromFileNames) {
  EXPECT_EQ(in_name("qwen2.5-0.5b-instruct-q4_k_m.gguf"), "Q4_K_M");
  EXPECT_EQ(in_name("qwen2.5-7b-instruct-q4_k_m-00001-of-00002.gguf"), "Q4_K_M");
  EXPECT_EQ(in_name("tinyllama-1.1b-chat-v1.0.Q5_K_S.gguf"), "Q5_K_S");
  EXPECT_EQ(in_name("Phi-3-mini-4k-instruct-fp16.gguf"), "F16");
  EXPECT_EQ(in_name("model-bf16.gguf"), "BF16");
  EXPECT_EQ(in_name("SmolLM2_Q8_0.gguf"), "Q8_0");
  EXPECT_EQ(in_name("model.gguf"), "");
  EXPECT_EQ(in_name(""), "");
  EXPECT_EQ(in_name("Q4_0_8_8.gguf"), "");  // another layout, which nothing here reads
  EXPECT_EQ(in_name("llama-IQ4_XS.gguf"), "IQ4_XS");
  EXPECT_EQ(in_name("Llama-3.2-3B-Instruct-Q6_K_L.gguf"), "Q6_K_L");
  EXPECT_EQ(in_name("Qwen3-4B-UD-Q4_K_XL.gguf"), "Q4_K_XL");
  EXPECT_EQ(in_name("Qwen3-4B-UD-IQ2_XXS.gguf"), "IQ2_XXS");
  EXPECT_EQ(in_name("gguf-f16/x-Q6_K.gguf"), "Q6_K");  // the last one
}

TEST(QuantizationLabel, IsFoundByNameWhateverTheCase) {
  ASSERT_NE(find_quantization_label("q4_k_m"), nullptr);
  EXPECT_EQ(find_quantization_label("q4_k_m")->name, "Q4_K_M");
  EXPECT_EQ(find_quantization_label("fp16")->name, "F16");
  EXPECT_EQ(find_quantization_label("Q9_9"), nullptr);
  EXPECT_EQ(find_quantization_label("ud-q4_k_xl")->name, "Q4_K_XL");
  EXPECT_TRUE(find_quantization_label("IQ4_XS")->runs);
  EXPECT_FALSE(find_quantization_label("IQ2_M")->runs);
  EXPECT_LT(quality_rank("Q2_K_S"), quality_rank("IQ3_M"));
  EXPECT_LT(quality_rank("Q8_0"), quality_rank("Q4_K_M"));
  EXPECT_LT(quality_rank("Q4_K_M"), quality_rank("Q2_K"));
  EXPECT_LT(quality_rank("Q2_K"), quality_rank("what"));
}

TEST(QuantizationLabel, FileTypesAreThoseOfLlamaCpp) {
  EXPECT_EQ(quantization_of_file_type(15)->name, "Q4_K_M");
  EXPECT_EQ(quantization_of_file_type(7)->name, "Q8_0");
  EXPECT_EQ(quantization_of_file_type(-1), nullptr);
  EXPECT_EQ(quantization_of_file_type(99), nullptr);
}

}  // namespace
}  // namespace hearth
