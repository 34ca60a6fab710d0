#include "kernels/matmul.h"

#include <algorithm>
#include <cassert>

#include "kernels/dequantize.h"
#include "kernels/scratch.h"

namespace hearth {
namespace {

/// Multiplications below which waking the workers costs more than it saves (a few microseconds of one core).
constexpr std::int64_t kWorthSharing = 1 << 16;

/// Rows a part: about eight parts a worker, so that a worker that was held up does not hold up the others, in whole
/// tiles.
std::int64_t rows_a_part(std::int64_t n_out, std::int64_t work, std::int64_t tile, int n_workers) {
  if (n_workers == 1 || work < kWorthSharing) return n_out;
  const std::int64_t parts = std::int64_t{8} * n_workers;
  return ((n_out + parts - 1) / parts + tile - 1) / tile * tile;
}

void run(MatmulFn kernel, const MatmulTask& task, std::int64_t n_out, KernelContext& context) {
  const KernelTable& table = context.table;
  const std::int64_t work = task.n_in * task.n_tokens * n_out;
  const std::int64_t grain = rows_a_part(n_out, work, table.row_tile, context.pool.size());
  const std::size_t scratch_bytes = table.scratch_bytes(task.n_in);
  context.pool.parallel_for(n_out, grain, [&](std::int64_t begin, std::int64_t end, int) {
    kernel(task, begin, end, scratch(ScratchUse::kWorker, scratch_bytes));
  });
}

}  // namespace

void matmul(const float* x, std::int64_t ldx, std::int64_t n_tokens, const Tensor& w, const float* bias, float* y,
            std::int64_t ldy, KernelContext& context) {
  assert(w.shape.size() == 2 && dtype_info(w.dtype).is_weight);
  const std::int64_t n_in = w.row_length();
  const std::int64_t n_out = w.n_rows();
  if (n_tokens <= 0 || n_out <= 0) return;

  const KernelTable& table = context.table;
  const auto dtype = static_cast<std::size_t>(w.dtype);
  MatmulTask task{w.data, w.row_bytes(), n_in, n_tokens, x, ldx, nullptr, bias, y, ldy};
  if (context.precision == Precision::kExact || table.matmul_int8[dtype] == nullptr) {
    run(table.matmul_float[dtype], task, n_out, context);
    return;
  }

  const bool panel = table.matmul_int8_panel[dtype] != nullptr && n_tokens >= table.panel_min_tokens;
  const GroupOrder order = panel ? GroupOrder::kLaneMajor : GroupOrder::kNatural;
  const int group = activation_group(w.dtype);
  const std::size_t row_bytes = quantized_row_bytes(n_in, group);
  std::byte* quantized = scratch(ScratchUse::kShared, row_bytes * static_cast<std::size_t>(n_tokens));
  const std::int64_t grain =
      n_in * n_tokens < kWorthSharing ? n_tokens : std::max<std::int64_t>(1, kWorthSharing / 4 / n_in);
  context.pool.parallel_for(n_tokens, grain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t t = begin; t < end; ++t) {
      table.quantize_row(x + t * ldx, n_in, group, order, quantized + static_cast<std::size_t>(t) * row_bytes);
    }
  });
  task.quantized = quantized;
  run(panel ? table.matmul_int8_panel[dtype] : table.matmul_int8[dtype], task, n_out, context);
}

void copy_row(const Tensor& matrix, std::int64_t index, float* out) {
  assert(index >= 0 && index < matrix.n_rows());
  dequantize(matrix.dtype, matrix.row(index), matrix.row_length(), out);
}

}  // namespace hearth
