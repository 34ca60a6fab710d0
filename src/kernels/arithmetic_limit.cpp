#include "kernels/arithmetic_limit.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace hearth {
namespace {

constexpr double kSeconds = 0.01;  ///< long enough to be timed, short enough to fall between what else the machine does
constexpr int kMeasurements = 8;
constexpr std::int64_t kParts = 16;  ///< of each thread, so that one that comes late is helped

}  // namespace

double measure_arithmetic_limit(Arithmetic arithmetic, KernelContext& context) {
  const auto multiply =
      arithmetic == Arithmetic::kFloats ? context.table.multiply_floats : context.table.multiply_bytes;
  std::vector<std::int64_t> operations(static_cast<std::size_t>(context.pool.size()) * 8);  // a cache line each
  double best = 0;
  std::int64_t rounds = 1000;
  for (int measured = 0; measured < kMeasurements;) {
    std::fill(operations.begin(), operations.end(), 0);
    const auto start = std::chrono::steady_clock::now();
    context.pool.parallel_for(kParts * context.pool.size(), 1, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t part = begin; part < end; ++part)
        operations[static_cast<std::size_t>(worker) * 8] += multiply(rounds);
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds < kSeconds) {
      rounds *= 2;
      continue;
    }
    double total = 0;
    for (const std::int64_t of_worker : operations) total += static_cast<double>(of_worker);
    best = std::max(best, total / seconds);
    ++measured;
  }
  return best;
}

}  // namespace hearth
