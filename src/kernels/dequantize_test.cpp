#include "kernels/dequantize.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "hearth/error.h"
#include "kernels/random_weights.h"
#include "support/fixtures.h"
#include "tensor/half.h"

namespace hearth {
namespace {

std::vector<float> decode(DType dtype, const std::vector<std::byte>& bytes) {
  const DTypeInfo& info = dtype_info(dtype);
  std::vector<float> out(bytes.size() / info.bytes * static_cast<std::size_t>(info.block));
  dequantize(dtype, bytes.data(), static_cast<std::int64_t>(out.size()), out.data());
  return out;
}

bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

TEST(Dequantize, IsBitIdenticalToGgml) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const std::string file = read_file(fixtures / "models/quantised/blocks.safetensors");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), 8);
  const json::value header = parse_json(std::string_view(file).substr(8, header_bytes), "blocks.safetensors");
  const auto bytes_of = [&](const std::string& name) {
    const json::array& offsets = header.at(name).at("data_offsets").as_array();
    const auto begin = offsets[0].to_number<std::size_t>();
    const auto end = offsets[1].to_number<std::size_t>();
    std::vector<std::byte> bytes(end - begin);
    std::memcpy(bytes.data(), file.data() + 8 + header_bytes + begin, bytes.size());
    return bytes;
  };
  int dtypes = 0;
  for (int i = static_cast<int>(DType::kF16); i <= static_cast<int>(DType::kIQ4_XS); ++i) {
    const auto dtype = static_cast<DType>(i);
    const std::string name(dtype_name(dtype));
    const std::vector<std::byte> expected = bytes_of(name + ".f32");
    const std::vector<float> found = decode(dtype, bytes_of(name + ".raw"));
    ASSERT_EQ(found.size() * sizeof(float), expected.size()) << name;
    EXPECT_EQ(std::memcmp(found.data(), expected.data(), expected.size()), 0) << name;
    ++dtypes;
  }
  EXPECT_EQ(dtypes, 14);
}

// Blocks whose values follow from the definitions in tensor/blocks.h by hand.
TEST(Dequantize, ReadsSmallBlocksAsDefined) {
  BlockQ4_0 q4{f32_to_f16(0.5f), {}};
  q4.qs[0] = 0xF0;  // value 0: level 0, value 16: level 15
  BlockQ5_1 q5{f32_to_f16(2.0f), f32_to_f16(-1.0f), {0x01, 0, 0x02, 0}, {}};
  q5.qs[0] = 0x03;  // value 0: 3 + 16, value 16: 0
  q5.qs[1] = 0x40;  // value 1: 0, value 17: 4 + 16
  float out[32];
  dequantize(DType::kQ4_0, reinterpret_cast<const std::byte*>(&q4), 32, out);
  EXPECT_EQ(out[0], -4.0f);
  EXPECT_EQ(out[16], 3.5f);
  EXPECT_EQ(out[1], -4.0f);
  dequantize(DType::kQ5_1, reinterpret_cast<const std::byte*>(&q5), 32, out);
  EXPECT_EQ(out[0], 37.0f);
  EXPECT_EQ(out[16], -1.0f);
  EXPECT_EQ(out[1], -1.0f);
  EXPECT_EQ(out[17], 39.0f);
}

class QuantizePlain : public ::testing::TestWithParam<DType> {};
INSTANTIATE_TEST_SUITE_P(DTypes, QuantizePlain,
                         ::testing::Values(DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1, DType::kQ8_0),
                         [](const auto& test) { return std::string(dtype_name(test.param)); });

TEST_P(QuantizePlain, IsWithinOneStepOfTheInput) {
  const auto dtype = GetParam();
  constexpr std::int64_t kN = 32 * 200;
  const std::vector<float> x = testing::random_floats(kN, 7);
  std::vector<std::byte> bytes(row_bytes(dtype, kN));
  quantize_plain(dtype, x.data(), kN, bytes.data());
  const std::vector<float> y = decode(dtype, bytes);
  const bool around_zero = dtype == DType::kQ4_0 || dtype == DType::kQ5_0;
  const float levels = dtype == DType::kQ8_0   ? 127.0f
                       : dtype == DType::kQ4_0 ? 8.0f
                       : dtype == DType::kQ5_0 ? 16.0f
                       : dtype == DType::kQ4_1 ? 15.0f
                                               : 31.0f;
  const bool has_minimum = dtype == DType::kQ4_1 || dtype == DType::kQ5_1;
  for (std::size_t b = 0; b < kN; b += 32) {
    float amax = 0;
    float low = INFINITY;
    float high = -INFINITY;
    for (std::size_t i = b; i < b + 32; ++i) {
      amax = std::max(amax, std::fabs(x[i]));
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
    }
    const float step = has_minimum ? (high - low) / levels : amax / levels;
    // Half a step, or a whole one at the end that has one level less; the scale itself is rounded to F16 (11 bits).
    const float bound = step * (around_zero ? 1.0f : 0.5f) + amax * 0x1p-10f;
    for (std::size_t i = b; i < b + 32; ++i) ASSERT_LE(std::fabs(x[i] - y[i]), bound) << i;
  }
}

TEST_P(QuantizePlain, ZerosAndNumbersThatAreNoneAreHarmless) {
  const auto dtype = GetParam();
  std::vector<float> x(64, 0.0f);
  x[40] = std::numeric_limits<float>::quiet_NaN();
  x[41] = INFINITY;
  x[42] = -INFINITY;
  std::vector<std::byte> bytes(row_bytes(dtype, 64));
  quantize_plain(dtype, x.data(), 64, bytes.data());
  const std::vector<float> y = decode(dtype, bytes);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(y[i], 0.0f);
}

TEST(QuantizePlainFloats, RoundTripExactly) {
  const std::vector<float> x = {0.0f, -0.0f, 1.0f, -2.5f, 0x1p-14f, 65504.0f};
  for (const DType dtype : {DType::kF32, DType::kF16}) {
    std::vector<std::byte> bytes(row_bytes(dtype, 6));
    quantize_plain(dtype, x.data(), 6, bytes.data());
    const std::vector<float> y = decode(dtype, bytes);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(same_bits(x[i], y[i])) << i;
  }
}

TEST(QuantizePlainErrors, NamesTheDTypeItCannotWrite) {
  std::vector<float> x(256);
  std::vector<std::byte> bytes(256);
  try {
    quantize_plain(DType::kQ4_K, x.data(), 256, bytes.data());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
    EXPECT_NE(e.message().find("Q4_K"), std::string::npos);
  }
}

}  // namespace
}  // namespace hearth
