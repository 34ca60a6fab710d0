// How the operations on rows are shared among the workers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/context.h"

namespace hearth {

/// Values that one core handles in about the time that waking another takes.
inline constexpr std::int64_t kValuesWorthSharing = 1 << 15;

/// f(row) for each of n_rows rows of n values, on several workers where that pays.
template <typename F>
void share_rows(std::int64_t n_rows, std::int64_t n, KernelContext& context, const F& f) {
  const std::int64_t values = n_rows * n;
  const std::int64_t grain = values < kValuesWorthSharing
                                 ? n_rows
                                 : std::max<std::int64_t>(1, kValuesWorthSharing / 4 / std::max<std::int64_t>(n, 1));
  context.pool.parallel_for(n_rows, std::max<std::int64_t>(grain, 1), [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) f(row);
  });
}

/// f(begin, end) for parts of n values.
template <typename F>
void share_values(std::int64_t n, KernelContext& context, const F& f) {
  const std::int64_t grain = n < kValuesWorthSharing ? n : kValuesWorthSharing / 4;
  context.pool.parallel_for(n, std::max<std::int64_t>(grain, 1),
                            [&](std::int64_t begin, std::int64_t end, int) { f(begin, end); });
}

}  // namespace hearth
