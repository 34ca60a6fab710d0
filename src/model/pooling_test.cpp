#include "model/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

const std::vector<float> kHidden = {1, 2, 3, 3, 4, 5};  // two tokens of three values

TEST(Pooling, TakesMeanFirstOrLast) {
  EXPECT_THAT(pool(kHidden, 3, Pooling::kMean, 3, false), ElementsAre(2, 3, 4));
  EXPECT_THAT(pool(kHidden, 3, Pooling::kCls, 3, false), ElementsAre(1, 2, 3));
  EXPECT_THAT(pool(kHidden, 3, Pooling::kLast, 3, false), ElementsAre(3, 4, 5));
}

TEST(Pooling, CutsBeforeItNormalises) {
  const float norm = std::sqrt(13.0F);
  EXPECT_THAT(pool(kHidden, 3, Pooling::kMean, 2, true), ElementsAre(FloatEq(2 / norm), FloatEq(3 / norm)));
}

TEST(Pooling, ZeroStaysZero) {
  EXPECT_THAT(pool(std::vector<float>(3), 3, Pooling::kMean, 3, true), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace hearth
