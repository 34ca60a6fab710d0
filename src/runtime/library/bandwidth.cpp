// How fast this machine reads its memory: what limits how fast an answer is made.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <vector>

#include "base/thread_pool.h"
#include "hearth/hub.h"

namespace hearth {
namespace {

constexpr std::size_t kBytes = std::size_t{192} << 20;  // several times what caches hold
constexpr int kRounds = 4;

}  // namespace

double measure_memory_bandwidth(int threads) {
  ThreadPool pool(threads);
  const std::size_t n = kBytes / sizeof(std::uint64_t);
  std::vector<std::uint64_t> numbers(n);
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(pool.size()), 0);
  constexpr std::int64_t kGrain = 1 << 17;
  // The first round brings the pages in.
  pool.parallel_for(static_cast<std::int64_t>(n), kGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) numbers[static_cast<std::size_t>(i)] = static_cast<std::uint64_t>(i);
  });
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    pool.parallel_for(static_cast<std::int64_t>(n), kGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
      // Four sums, so that additions do not wait for one another.
      std::uint64_t a = 0;
      std::uint64_t b = 0;
      std::uint64_t c = 0;
      std::uint64_t d = 0;
      const std::uint64_t* p = numbers.data();
      std::int64_t i = begin;
      for (; i + 4 <= end; i += 4) {
        a += p[i];
        b += p[i + 1];
        c += p[i + 2];
        d += p[i + 3];
      }
      for (; i < end; ++i) a += p[i];
      sums[static_cast<std::size_t>(worker)] += a + b + c + d;
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, static_cast<double>(kBytes) / seconds);
  }
  // Used, so that the sums are not left out.
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}) == 0 ? 0 : best;
}

}  // namespace hearth
