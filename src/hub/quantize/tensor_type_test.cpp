#include "hub/quantize/tensor_type.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "hearth/error.h"

namespace hearth {
namespace {

MixContext llama_of(std::int64_t n_layer) {
  MixContext context;
  context.architecture = "llama";
  context.n_layer = context.n_value_layers = n_layer;
  return context;
}

DType type_of(const char* quantization, const std::string& name, std::int64_t n_in, std::int64_t n_layer = 22) {
  return choose_tensor_type(find_quantization(quantization), llama_of(n_layer), name, {2048, n_in}, DType::kF16);
}

/// The layers in which a matrix is Q6_K, as llama-quantize (llama.cpp 0.7) gives them for TinyLlama's 22 layers.
TEST(TensorType, MediumMixOfTwentyTwoLayers) {
  const std::vector<int> q6_layers = {0, 1, 4, 7, 10, 13, 16, 19, 20, 21};
  for (int layer = 0; layer < 22; ++layer) {
    const bool more = std::find(q6_layers.begin(), q6_layers.end(), layer) != q6_layers.end();
    for (const char* kind : {"attn_v", "ffn_down"}) {
      const std::string name = fmt::format("blk.{}.{}.weight", layer, kind);
      EXPECT_EQ(type_of("Q4_K_M", name, 2048), more ? DType::kQ6_K : DType::kQ4_K) << name;
      EXPECT_EQ(type_of("Q5_K_M", name, 2048), more ? DType::kQ6_K : DType::kQ5_K) << name;
    }
    EXPECT_EQ(type_of("Q4_K_M", fmt::format("blk.{}.attn_q.weight", layer), 2048), DType::kQ4_K);
    EXPECT_EQ(type_of("Q4_K_S", fmt::format("blk.{}.attn_v.weight", layer), 2048),
              layer < 4 ? DType::kQ5_K : DType::kQ4_K);
    EXPECT_EQ(type_of("Q4_K_S", fmt::format("blk.{}.ffn_down.weight", layer), 2048),
              layer < 2 ? DType::kQ5_K : DType::kQ4_K);
    EXPECT_EQ(type_of("Q5_K_S", fmt::format("blk.{}.ffn_down.weight", layer), 2048), DType::kQ5_K);
  }
}

TEST(TensorType, OutputAndEmbedding) {
  EXPECT_EQ(type_of("Q4_K_M", "output.weight", 2048), DType::kQ6_K);
  EXPECT_EQ(type_of("Q4_0", "output.weight", 2048), DType::kQ6_K);
  EXPECT_EQ(type_of("Q8_0", "output.weight", 2048), DType::kQ8_0);
  EXPECT_EQ(type_of("F16", "output.weight", 2048), DType::kF16);
  EXPECT_EQ(type_of("Q4_K_M", "token_embd.weight", 2048), DType::kQ4_K);
  MixContext tied = llama_of(22);
  tied.tied_output = true;
  EXPECT_EQ(choose_tensor_type(find_quantization("Q4_K_M"), tied, "token_embd.weight", {100, 2048}, DType::kF16),
            DType::kQ6_K);
}

TEST(TensorType, RowsThatAreNoWholeBlocks) {
  EXPECT_EQ(type_of("Q4_K_M", "blk.2.attn_q.weight", 288), DType::kQ5_0);
  EXPECT_EQ(type_of("Q5_K_M", "blk.2.attn_q.weight", 288), DType::kQ5_1);
  EXPECT_EQ(type_of("Q6_K", "blk.2.attn_q.weight", 288), DType::kQ8_0);
  EXPECT_EQ(type_of("Q4_K_M", "blk.0.attn_v.weight", 288), DType::kQ8_0) << "Q6_K's";
  EXPECT_EQ(type_of("Q4_K_M", "output.weight", 288), DType::kQ8_0);
  EXPECT_EQ(type_of("Q4_K_M", "blk.2.ffn_down.weight", 172), DType::kF16);
  EXPECT_EQ(type_of("Q8_0", "blk.2.ffn_down.weight", 172), DType::kF16);
}

TEST(TensorType, WhatIsNotQuantised) {
  const auto& wanted = find_quantization("Q4_K_M");
  const auto stays = [&](const char* name, const Shape& shape) {
    return choose_tensor_type(wanted, llama_of(4), name, shape, DType::kF32) == DType::kF32;
  };
  EXPECT_TRUE(stays("blk.0.attn_norm.weight", {2048}));
  EXPECT_TRUE(stays("blk.0.attn_q.bias", {2048}));
  EXPECT_TRUE(stays("position_embd.weight", {128, 2048}));
  EXPECT_TRUE(stays("token_types.weight", {2, 2048}));
  EXPECT_TRUE(stays("rope_freqs.weight", {64}));
  EXPECT_FALSE(stays("blk.0.attn_q.weight", {2048, 2048}));
}

TEST(TensorType, LayerOfAName) {
  EXPECT_EQ(layer_of("blk.12.attn_q.weight"), 12);
  for (const char* name : {"output.weight", "blk.", "blk.x.w", "blk.1", "blk.-.w", "blk.99999999999999999999.w"}) {
    EXPECT_EQ(layer_of(name), -1) << name;
  }
}

TEST(Quantization, Names) {
  EXPECT_EQ(find_quantization("q4_k_m").name, "Q4_K_M");
  EXPECT_EQ(find_quantization("Q4_K").name, "Q4_K_M");
  EXPECT_EQ(find_quantization("bf16").file_type, 32U);
  try {
    find_quantization("Q9_X");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.hint().find("Q4_K_M"), std::string::npos);
  }
}

}  // namespace
}  // namespace hearth
