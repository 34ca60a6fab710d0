#include "kernels/arithmetic_limit.h"

#include <gtest/gtest.h>

#include "kernels/table_tests.h"

namespace hearth {
namespace {

HEARTH_TEST_EVERY_TABLE(ArithmeticLimit);

TEST_P(ArithmeticLimit, IsThatOfACpu) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (const Arithmetic arithmetic : {Arithmetic::kFloats, Arithmetic::kBytes}) {
    const double limit = measure_arithmetic_limit(arithmetic, context);
    EXPECT_GT(limit, 1e7);   // a sanitizer's build on a busy machine
    EXPECT_LT(limit, 1e14);  // far above one core: it did not skip the work
  }
}

TEST_P(ArithmeticLimit, OperationsGrowWithTheRounds) {
  EXPECT_GT(table().multiply_floats(10), 0);
  EXPECT_EQ(table().multiply_floats(70), 7 * table().multiply_floats(10));
  EXPECT_EQ(table().multiply_bytes(70), 7 * table().multiply_bytes(10));
}

}  // namespace
}  // namespace hearth
