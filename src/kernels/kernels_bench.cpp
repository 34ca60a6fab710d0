// Matrix products on the shapes of TinyLlama-1.1B and attention at two depths. Read the medians of several interleaved
// repetitions:
//   hearth_kernels_bench --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
//   --benchmark_report_aggregates_only=true
// HEARTH_CPU chooses the table, HEARTH_BENCH_THREADS the number of threads.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/attention.h"
#include "kernels/elementwise.h"
#include "kernels/matmul.h"
#include "kernels/random_weights.h"

namespace hearth {
namespace {

ThreadPool& pool() {
  static ThreadPool instance([] {
    const char* n = std::getenv("HEARTH_BENCH_THREADS");
    return n != nullptr ? std::atoi(n) : 0;
  }());
  return instance;
}

/// How fast the memory can be read by all threads: the limit of a product with one token.
void read_memory(benchmark::State& state) {
  const std::vector<float> data(std::size_t{64} << 20, 1.0f);
  std::vector<float> sums(static_cast<std::size_t>(pool().size()) * 16);
  for (auto _ : state) {
    pool().parallel_for(static_cast<std::int64_t>(data.size()), 1 << 18,
                        [&](std::int64_t begin, std::int64_t end, int worker) {
                          float lanes[64] = {};
                          for (std::int64_t i = begin; i < end; i += 64) {
                            for (int lane = 0; lane < 64; ++lane)
                              lanes[lane] += data[static_cast<std::size_t>(i + lane)];
                          }
                          for (const float lane : lanes) sums[static_cast<std::size_t>(worker) * 16] += lane;
                        });
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * data.size() * sizeof(float)));
}
BENCHMARK(read_memory)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

/// As many different matrices as do not fit the caches, used in turn, as the layers of a model are.
std::vector<Tensor> layers(DType dtype, std::int64_t n_out, std::int64_t n_in, std::size_t bytes) {
  std::vector<Tensor> all = {testing::random_weights(dtype, n_out, n_in, 1)};
  while (all.size() * all.front().bytes() < bytes) {
    auto copy = std::make_shared<std::vector<std::byte>>(all.front().data, all.front().data + all.front().bytes());
    Tensor w = all.front();
    w.data = copy->data();
    w.owner = copy;
    all.push_back(w);
  }
  return all;
}

void multiply(benchmark::State& state, DType dtype, Precision precision) {
  const std::int64_t n_tokens = state.range(0);
  const std::int64_t n_out = state.range(1);
  const std::int64_t n_in = state.range(2);
  const std::vector<Tensor> weights = layers(dtype, n_out, n_in, n_tokens > 8 ? 1 : std::size_t{192} << 20);
  const std::vector<float> x = testing::random_floats(static_cast<std::size_t>(n_tokens * n_in), 2);
  std::vector<float> y(static_cast<std::size_t>(n_tokens * n_out));
  KernelContext context{pool(), kernel_table(), precision};
  std::size_t layer = 0;
  for (auto _ : state) {
    matmul(x.data(), n_in, n_tokens, weights[layer], nullptr, y.data(), n_out, context);
    layer = (layer + 1) % weights.size();
    benchmark::DoNotOptimize(y.data());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["GB/s"] =
      benchmark::Counter(runs * static_cast<double>(weights.front().bytes()) * 1e-9, benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] =
      benchmark::Counter(runs * 2e-9 * static_cast<double>(n_tokens * n_out * n_in), benchmark::Counter::kIsRate);
}

void multiply_packed(benchmark::State& state, DType dtype) {
  const std::int64_t n_tokens = state.range(0);
  const std::int64_t n_out = state.range(1);
  const std::int64_t n_in = state.range(2);
  const Tensor w = testing::random_weights(dtype, n_out, n_in, 1);
  std::vector<PackedMatrix> layers = {pack(w)};
  while (n_tokens <= 64 && layers.size() * w.bytes() < std::size_t{192} << 20) layers.push_back(pack(w));
  const std::vector<float> x = testing::random_floats(static_cast<std::size_t>(n_tokens * n_in), 2);
  std::vector<float> y(static_cast<std::size_t>(n_tokens * n_out));
  KernelContext context{pool(), kernel_table()};
  std::size_t layer = 0;
  for (auto _ : state) {
    const Product product{w, layers[layer], nullptr, y.data(), n_out};
    matmul(x.data(), n_in, n_tokens, {&product, 1}, context);
    layer = (layer + 1) % layers.size();
    benchmark::DoNotOptimize(y.data());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["GB/s"] =
      benchmark::Counter(runs * static_cast<double>(w.bytes()) * 1e-9, benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] =
      benchmark::Counter(runs * 2e-9 * static_cast<double>(n_tokens * n_out * n_in), benchmark::Counter::kIsRate);
}

void attend(benchmark::State& state, DType kv_dtype, std::int64_t n_head_kv) {
  const std::int64_t depth = state.range(0);
  const std::int64_t n_tokens = state.range(1);
  constexpr std::int64_t kHeads = 32;
  constexpr std::int64_t kDim = 64;
  const std::int64_t n_pages = (depth + n_tokens + kKvPageTokens - 1) / kKvPageTokens;
  const std::size_t page_bytes = row_bytes(kv_dtype, n_head_kv * kKvPageTokens * kDim);
  const Tensor cache = testing::random_weights(kv_dtype, 2 * n_pages, n_head_kv * kKvPageTokens * kDim, 3);
  std::vector<const std::byte*> k;
  std::vector<const std::byte*> v;
  for (std::int64_t i = 0; i < n_pages; ++i) {
    k.push_back(cache.data + static_cast<std::size_t>(2 * i) * page_bytes);
    v.push_back(cache.data + static_cast<std::size_t>(2 * i + 1) * page_bytes);
  }
  const KvLayer layer{k, v};
  std::vector<AttentionRow> rows;
  for (std::int64_t t = 0; t < n_tokens; ++t) rows.push_back({&layer, 0, depth + t + 1});
  const std::vector<float> q = testing::random_floats(static_cast<std::size_t>(n_tokens * kHeads * kDim), 4);
  std::vector<float> out(q.size());
  KernelContext context{pool(), kernel_table()};
  for (auto _ : state) {
    attention(q.data(), rows, {kHeads, n_head_kv, kDim, kDim, kv_dtype, 0.125f}, out.data(), context);
    benchmark::DoNotOptimize(out.data());
  }
  const double cells =
      static_cast<double>(n_tokens) * (static_cast<double>(depth) + static_cast<double>(n_tokens + 1) / 2);
  state.counters["GFLOP/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * 4e-9 * cells * kHeads * kDim,
                                                 benchmark::Counter::kIsRate);
}

void activation(benchmark::State& state, Activation kind) {
  std::vector<float> gate = testing::random_floats(5632 * 64, 1);
  const std::vector<float> up = testing::random_floats(5632 * 64, 2);
  KernelContext context{pool(), kernel_table()};
  for (auto _ : state) {
    activate_and_multiply(gate.data(), 5632, up.data(), 5632, 64, 5632, kind, context);
    benchmark::DoNotOptimize(gate.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 5632 * 64);
}

const bool registered = [] {
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    for (const Precision precision : {Precision::kFast, Precision::kExact}) {
      if (precision == Precision::kExact && !is_quantized(dtype)) continue;
      const std::string name =
          "matmul/" + std::string(dtype_name(dtype)) + (precision == Precision::kExact ? "/exact" : "");
      auto* bench = benchmark::RegisterBenchmark(name.c_str(), multiply, dtype, precision);
      bench->UseRealTime()->MeasureProcessCPUTime()->ArgNames({"tokens", "out", "in"});
      for (const std::int64_t tokens : {1, 4, 16, 64, 512}) {
        if (precision == Precision::kExact && tokens != 1 && tokens != 64) continue;
        bench->Args({tokens, 5632, 2048});
        if (tokens == 1 || tokens == 512) bench->Args({tokens, 2048, 2048})->Args({tokens, 2048, 5632});
      }
      if (precision == Precision::kFast) bench->Args({1, 32000, 2048});
    }
  }
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (kernel_table().matmul_packed[i] == nullptr) continue;
    auto* bench =
        benchmark::RegisterBenchmark(("packed/" + std::string(dtype_name(dtype))).c_str(), multiply_packed, dtype);
    bench->UseRealTime()->MeasureProcessCPUTime()->ArgNames({"tokens", "out", "in"});
    for (const std::int64_t tokens : {1, 2, 4, 8, 16, 64, 512}) {
      bench->Args({tokens, 5632, 2048});
      if (tokens == 1 || tokens == 512) bench->Args({tokens, 2048, 2048})->Args({tokens, 2048, 5632});
    }
    bench->Args({1, 32000, 2048});
  }
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    for (const std::int64_t n_head_kv : {4, 32}) {
      const std::string name = "attention/" + std::string(dtype_name(dtype)) + "/kv_heads:" + std::to_string(n_head_kv);
      auto* bench = benchmark::RegisterBenchmark(name.c_str(), attend, dtype, n_head_kv);
      bench->UseRealTime()->MeasureProcessCPUTime()->ArgNames({"depth", "tokens"});
      bench->Args({128, 1})->Args({4096, 1})->Args({128, 64})->Args({4096, 64});
    }
  }
  benchmark::RegisterBenchmark("activate/silu", activation, Activation::kSilu)->UseRealTime();
  benchmark::RegisterBenchmark("activate/gelu_tanh", activation, Activation::kGeluTanh)->UseRealTime();
  benchmark::RegisterBenchmark("activate/gelu_erf", activation, Activation::kGeluErf)->UseRealTime();
  return true;
}();

}  // namespace
}  // namespace hearth
