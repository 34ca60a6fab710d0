#include "kernels/kernel_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "base/cpu.h"
#include "hearth/error.h"
#include "kernels/faster_table.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

TEST(KernelTable, ThePortableOneIsAlwaysThere) {
  ASSERT_FALSE(testing::tables().empty());
  EXPECT_STREQ(testing::tables().front()->name, "portable");
  EXPECT_EQ(&kernel_table("portable"), testing::tables().front());
}

TEST(KernelTable, LevelsAreThoseOfTheCpu) {
  const auto has = [](const char* name) {
    const auto all = testing::tables();
    return std::any_of(all.begin(), all.end(), [&](const KernelTable* t) { return std::strcmp(t->name, name) == 0; });
  };
#if defined(__x86_64__)
  const CpuFeatures& f = cpu_features();
  EXPECT_EQ(has("avx2"), f.avx2 && f.fma && f.f16c);
  EXPECT_EQ(has("avx512"),
            f.avx2 && f.fma && f.f16c && f.avx512f && f.avx512bw && f.avx512vl && f.avx512dq && f.avx512vnni);
  EXPECT_TRUE(!has("amx") || (has("avx512") && f.amx_tile && f.amx_int8 && f.amx_bf16));
#else
  EXPECT_FALSE(has("avx2"));
#endif
  for (const char* name : {"avx2", "avx512", "amx"}) {
    if (has(name)) {
      EXPECT_STREQ(kernel_table(name).name, name);
    } else {
      EXPECT_THROW(kernel_table(name), Error);
    }
  }
}

TEST(KernelTable, AnUnknownNameIsNamed) {
  try {
    kernel_table("avx1024");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(e.message().find("avx1024"), std::string::npos);
    EXPECT_FALSE(e.hint().empty());
  }
}

TEST(KernelTable, TheFasterOfTwoIsTheOneWithoutDelays) {
  for (const KernelTable* fast : testing::tables()) {
    if (fast->matmul_packed[static_cast<std::size_t>(DType::kQ4_0)] == nullptr) continue;
    KernelTable slow = *fast;
    slow.matmul_packed[static_cast<std::size_t>(DType::kQ4_0)] = [](const MatmulTask&, std::int64_t, std::int64_t,
                                                                    std::byte*) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    };
    EXPECT_EQ(&faster_at_packed(*fast, slow), fast);
    EXPECT_EQ(&faster_at_packed(slow, *fast), fast);
  }
}

TEST(KernelTable, EveryTableIsComplete) {
  for (const KernelTable* t : testing::tables()) {
    for (int i = 0; i < kWeightDTypeCount; ++i) {
      EXPECT_NE(t->matmul_float[i], nullptr) << t->name << i;
      EXPECT_EQ(t->matmul_int8[i] != nullptr, is_quantized(static_cast<DType>(i))) << t->name << i;
    }
    EXPECT_TRUE(t->quantize_row && t->scratch_bytes && t->attention && t->rms_norm && t->layer_norm && t->rotate &&
                t->activate && t->activate_and_multiply && t->add && t->scale && t->soft_cap && t->to_f16 &&
                t->to_bf16 && t->to_s8 && t->multiply_floats && t->multiply_bytes)
        << t->name;
    EXPECT_GE(t->row_tile, 1) << t->name;
  }
}

}  // namespace
}  // namespace hearth
