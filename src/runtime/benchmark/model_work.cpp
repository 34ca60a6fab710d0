#include "runtime/benchmark/model_work.h"

#include <algorithm>

#include "kernels/packed_matrix.h"
#include "model/kv_page_pool.h"

namespace hearth {
namespace {

/// As they are read: packed ones in their own layout.
double bytes_of(const Linear& linear) {
  if (!linear.weight) return 0;
  const PackedMatrix& packed = linear.packed;
  return static_cast<double>(packed ? packed_bytes(packed.dtype, packed.n_out, packed.n_in) : linear.weight.bytes());
}

/// Calls f(linear) for the matrices that every token meets in the layers.
template <typename F>
void each_matrix(const Weights& weights, const F& f) {
  for (const LayerWeights& layer : weights.layers) {
    for (const Linear* linear : {&layer.q, &layer.k, &layer.v, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      if (linear->weight) f(*linear);
    }
  }
}

/// Σ min(t, window) for the t = first … last cells that a token sees, itself among them; window 0: all.
double cells_seen(std::int64_t first, std::int64_t last, std::int64_t window) {
  const auto sum_to = [](std::int64_t n) { return static_cast<double>(n) * static_cast<double>(n + 1) / 2; };
  if (window == 0 || last <= window) return sum_to(last) - sum_to(first - 1);
  if (first > window) return static_cast<double>(last - first + 1) * static_cast<double>(window);
  return sum_to(window) - sum_to(first - 1) + static_cast<double>(last - window) * static_cast<double>(window);
}

}  // namespace

double bytes_to_read(const BenchmarkCase& test, const TransformerSpec& spec, const Weights& weights, DType kv_dtype) {
  double of_weights = bytes_of(weights.output);
  each_matrix(weights, [&](const Linear& linear) { of_weights += bytes_of(linear); });
  // Of one layer and cell.
  const double cell =
      static_cast<double>(kv_page_bytes(spec, kv_dtype)) / static_cast<double>(spec.n_layer * kKvPageTokens);
  const std::int64_t first = std::max<std::int64_t>(test.depth, 1) + 1;
  double cells = 0;
  for (const std::int64_t window : spec.window) cells += cells_seen(first, first + test.n_gen - 1, window);
  return static_cast<double>(test.n_gen) * of_weights + static_cast<double>(test.batch) * cells * cell;
}

double operations_to_do(const BenchmarkCase& test, const TransformerSpec& spec, const Weights& weights) {
  double parameters = 0;
  each_matrix(weights, [&](const Linear& linear) { parameters += static_cast<double>(linear.weight.elements()); });
  const bool embeds = test.kind == BenchmarkKind::kEmbed;
  const auto n = static_cast<double>(test.n_prompt);
  double cells = 0;
  for (const std::int64_t window : spec.window) {
    cells += spec.causal ? cells_seen(test.depth + 1, test.depth + test.n_prompt, window) : n * n;
  }
  double operations = 2 * n * parameters + 4 * cells * static_cast<double>(spec.n_head * spec.head_dim);
  if (!embeds && weights.output.weight) operations += 2 * static_cast<double>(weights.output.weight.elements());
  return operations * static_cast<double>(test.batch);
}

}  // namespace hearth
