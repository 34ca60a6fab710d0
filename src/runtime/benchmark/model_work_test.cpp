#include "runtime/benchmark/model_work.h"

#include <gtest/gtest.h>

#include <array>

namespace hearth {
namespace {

/// Shapes only: nothing is computed.
Tensor matrix(std::int64_t n_out, std::int64_t n_in, DType dtype) {
  static const std::array<std::byte, 1> something = {};
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = {n_out, n_in};
  tensor.data = something.data();
  return tensor;
}

/// Two layers of width 64, 4 heads of 16 of which 2 for keys and values, n_ff 128, 1000 tokens.
struct Shape {
  TransformerSpec spec;
  Weights weights;
  explicit Shape(DType dtype, std::int64_t window = 0) {
    spec.n_layer = 2;
    spec.n_embd = 64;
    spec.n_ff = 128;
    spec.n_vocab = 1000;
    spec.n_head = 4;
    spec.n_head_kv = 2;
    spec.head_dim = 16;
    spec.window = {0, window};
    weights.layers.resize(2);
    for (LayerWeights& layer : weights.layers) {
      layer.q.weight = layer.output.weight = matrix(64, 64, dtype);
      layer.k.weight = layer.v.weight = matrix(32, 64, dtype);
      layer.gate.weight = layer.up.weight = matrix(128, 64, dtype);
      layer.down.weight = matrix(64, 128, dtype);
    }
    weights.output.weight = matrix(1000, 64, dtype);
  }
};
constexpr double kLayer = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 128 * 64;

TEST(ModelWork, DecodingReadsAllWeightsAndTheCellsOfEachSequence) {
  const Shape f16(DType::kF16);
  const double weights = 2 * (2 * kLayer + 1000 * 64);
  const double cell = 2 * 2 * 2 * 16 * 2;  // K and V of two layers, two heads of 16, two bytes each
  // Behind 10 tokens three are read, which see 11, 12 and 13 cells.
  const BenchmarkCase test = {BenchmarkKind::kDecode, 0, 3, 10, 5};
  EXPECT_DOUBLE_EQ(bytes_to_read(test, f16.spec, f16.weights, DType::kF16), 3 * weights + 5 * (11 + 12 + 13) * cell);
  const Shape windowed(DType::kF16, 12);  // the second layer: 11, 12, 12
  EXPECT_DOUBLE_EQ(bytes_to_read(test, windowed.spec, windowed.weights, DType::kF16),
                   3 * weights + 5 * (11 + 12 + 13 + 11 + 12 + 12) * cell / 2);
  const Shape q8(DType::kQ8_0);  // 34 bytes for 32 weights
  EXPECT_DOUBLE_EQ(bytes_to_read({BenchmarkKind::kDecode, 0, 1, 0, 1}, q8.spec, q8.weights, DType::kF32),
                   34.0 / 32 * (2 * kLayer + 1000 * 64) + 2 * 2 * cell);
}

TEST(ModelWork, ReadingMultipliesEachTokenWithTheLayersAndTheLastWithTheOutput) {
  const Shape shape(DType::kQ8_0);
  // Four tokens behind six see 7, 8, 9 and 10 cells in each of two layers.
  const double cells = 2 * (7 + 8 + 9 + 10);
  EXPECT_DOUBLE_EQ(operations_to_do({BenchmarkKind::kPrefill, 4, 0, 6, 1}, shape.spec, shape.weights),
                   2 * 4 * 2 * kLayer + 4 * cells * 64 + 2 * 1000 * 64);
  const Shape windowed(DType::kQ8_0, 5);
  EXPECT_DOUBLE_EQ(operations_to_do({BenchmarkKind::kPrefill, 4, 0, 6, 1}, windowed.spec, windowed.weights),
                   2 * 4 * 2 * kLayer + 4 * (7 + 8 + 9 + 10 + 4 * 5) * 64 + 2 * 1000 * 64);
}

TEST(ModelWork, AnEmbedderLooksAtAllTokensFromEach) {
  Shape shape(DType::kF32);
  shape.spec.causal = false;
  shape.weights.output = {};
  EXPECT_DOUBLE_EQ(operations_to_do({BenchmarkKind::kEmbed, 4, 0, 0, 3}, shape.spec, shape.weights),
                   3 * (2 * 4 * 2 * kLayer + 4 * 2 * 16.0 * 64));
}

}  // namespace
}  // namespace hearth
