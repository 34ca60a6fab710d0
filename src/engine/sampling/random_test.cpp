#include "engine/sampling/random.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth {
namespace {

// The published outputs of the reference implementations (prng.di.unimi.it): splitmix64 seeded with 1234567, and
// xoshiro256** in the state 1, 2, 3, 4.
TEST(Random, SplitmixEqualsThePublishedSequence) {
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U}) {
    EXPECT_EQ(splitmix64(state), expected);
  }
}

TEST(Random, XoshiroEqualsThePublishedSequence) {
  Random random(std::array<std::uint64_t, 4>{1, 2, 3, 4});
  for (const std::uint64_t expected :
       {std::uint64_t{11520}, std::uint64_t{0}, std::uint64_t{1509978240}, std::uint64_t{1215971899390074240},
        std::uint64_t{1216172134540287360}, std::uint64_t{607988272756665600}, std::uint64_t{16172922978634559625U},
        std::uint64_t{8476171486693032832}, std::uint64_t{10595114339597558777U}, std::uint64_t{2904607092377533576}}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(Random, UniformFillsTheHalfOpenIntervalEvenly) {
  Random random(7);
  constexpr int kBins = 20;
  constexpr int kDraws = 200000;
  std::vector<int> counts(kBins, 0);
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++counts[static_cast<std::size_t>(u * kBins)];
  }
  double chi_square = 0.0;
  const double expected = static_cast<double>(kDraws) / kBins;
  for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 55.0);  // 19 degrees of freedom: exceeded with a chance of 2e-5
}

TEST(Random, SeedsDiffer) {
  EXPECT_NE(Random(0).next(), Random(1).next());
  EXPECT_EQ(Random(0).next(), Random(0).next());
}

}  // namespace
}  // namespace hearth
