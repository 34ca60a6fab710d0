#include "kernels/matmul.h"

#include <algorithm>
#include <cassert>

#include "kernels/dequantize.h"
#include "kernels/packed_layout.h"
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

/// Parts are multiples of `row_tile` rows; each worker gets scratch_bytes.
void run(MatmulFn kernel, const MatmulTask& task, std::int64_t n_out, std::int64_t row_tile, std::size_t scratch_bytes,
         KernelContext& context) {
  const std::int64_t work = task.n_in * task.n_tokens * n_out;
  const std::int64_t grain = rows_a_part(n_out, work, row_tile, context.pool.size());
  context.pool.parallel_for(n_out, grain, [&](std::int64_t begin, std::int64_t end, int) {
    kernel(task, begin, end, scratch(ScratchUse::kWorker, scratch_bytes));
  });
}

/// Rows of x rounded to 8 bits, in the caller's scratch memory. Where `offset` is not zero each sum of a group becomes
/// −offset · sum.
const std::byte* quantize(const float* x, std::int64_t ldx, std::int64_t n_tokens, std::int64_t n_in, int group,
                          GroupOrder order, int offset, KernelContext& context) {
  const KernelTable& table = context.table;
  const std::size_t row_bytes = quantized_row_bytes(n_in, group);
  const std::int64_t n_groups = chunks(n_in) * (kChunk / group);
  std::byte* quantized = scratch(ScratchUse::kShared, row_bytes * static_cast<std::size_t>(n_tokens));
  const std::int64_t grain =
      n_in * n_tokens < kWorthSharing ? n_tokens : std::max<std::int64_t>(1, kWorthSharing / 4 / n_in);
  context.pool.parallel_for(n_tokens, grain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t t = begin; t < end; ++t) {
      std::byte* row = quantized + static_cast<std::size_t>(t) * row_bytes;
      table.quantize_row(x + t * ldx, n_in, group, order, row);
      if (offset == 0) continue;
      auto* sums = reinterpret_cast<std::int32_t*>(row + chunks(n_in) * kChunk) + n_groups;
      for (std::int64_t g = 0; g < n_groups; ++g) sums[g] *= -offset;
    }
  });
  return quantized;
}

/// Rows of x split in two for matmul_split, in the caller's scratch memory. Rows that only fill up the last tile are
/// zeros.
const std::byte* split(const float* x, std::int64_t ldx, std::int64_t n_tokens, std::int64_t n_in,
                       KernelContext& context) {
  const std::size_t stride = split_row_bytes(n_in);
  const std::int64_t n_rows = padded_tokens(n_tokens);
  const std::size_t part = stride * static_cast<std::size_t>(n_rows);
  std::byte* rows = scratch(ScratchUse::kShared, 2 * part);
  const std::int64_t grain = std::max<std::int64_t>(1, kWorthSharing / n_in);
  context.pool.parallel_for(n_rows, grain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t t = begin; t < end; ++t) {
      std::byte* high = rows + static_cast<std::size_t>(t) * stride;
      if (t < n_tokens) {
        context.table.split_row(x + t * ldx, n_in, high, high + part);
      } else {
        std::fill_n(high, stride, std::byte{});
        std::fill_n(high + part, stride, std::byte{});
      }
    }
  });
  return rows;
}

/// Products that run_packed takes at once: q, k and v, or gate and up.
constexpr std::size_t kMostTogether = 3;

bool is_read_packed(const Product& product, const KernelContext& context) {
  return product.packed && context.precision == Precision::kFast &&
         context.table.matmul_packed[static_cast<std::size_t>(product.packed.dtype)] != nullptr;
}

/// Whether both take the same rounded activations.
bool round_alike(const Product& a, const Product& b, const KernelTable& table) {
  return activation_group(a.packed.dtype) == activation_group(b.packed.dtype) &&
         table.packed_offset[static_cast<std::size_t>(a.packed.dtype)] ==
             table.packed_offset[static_cast<std::size_t>(b.packed.dtype)];
}

/// REQUIRES: from 1 to kMostTogether products that are read packed and round alike.
void run_packed(const float* x, std::int64_t ldx, std::int64_t n_tokens, std::span<const Product> products,
                KernelContext& context) {
  const KernelTable& table = context.table;
  const PackedMatrix& first = products.front().packed;
  const std::byte* quantized =
      quantize(x, ldx, n_tokens, first.n_in, activation_group(first.dtype), GroupOrder::kNatural,
               table.packed_offset[static_cast<std::size_t>(first.dtype)], context);
  MatmulTask tasks[kMostTogether];
  std::int64_t ends[kMostTogether];  // tiles up to the end of each product
  std::int64_t n_tiles = 0;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const Product& p = products[i];
    assert(p.packed.n_in == first.n_in);
    tasks[i] = {p.packed.data,
                packed_bytes(p.packed.dtype, 1, p.packed.n_in),
                p.packed.n_in,
                n_tokens,
                x,
                ldx,
                quantized,
                p.bias,
                p.y,
                p.ldy};
    ends[i] = n_tiles += packed_tiles(p.packed.n_out);
  }
  const std::int64_t rows = n_tiles * kPackedRows;
  const std::int64_t grain =
      rows_a_part(rows, first.n_in * n_tokens * rows, kPackedRows, context.pool.size()) / kPackedRows;
  const std::size_t scratch_bytes = table.packed_scratch_bytes != nullptr ? table.packed_scratch_bytes(first.n_in) : 0;
  context.pool.parallel_for(n_tiles, grain, [&](std::int64_t begin, std::int64_t end, int) {
    std::byte* worker_scratch = scratch_bytes > 0 ? scratch(ScratchUse::kWorker, scratch_bytes) : nullptr;
    std::int64_t product_begin = 0;
    for (std::size_t i = 0; i < products.size(); product_begin = ends[i++]) {
      const std::int64_t from = std::max(begin, product_begin) - product_begin;
      const std::int64_t to = std::min(end, ends[i]) - product_begin;
      if (from >= to) continue;
      const PackedMatrix& w = products[i].packed;
      table.matmul_packed[static_cast<std::size_t>(w.dtype)](tasks[i], from * kPackedRows,
                                                             std::min(to * kPackedRows, w.n_out), worker_scratch);
    }
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
  if (context.precision == Precision::kFast && table.matmul_split[dtype] != nullptr) {
    task.quantized = split(x, ldx, n_tokens, n_in, context);
    run(table.matmul_split[dtype], task, n_out, kSplitBlock, table.split_scratch_bytes(n_in), context);
    return;
  }
  if (context.precision == Precision::kExact || table.matmul_int8[dtype] == nullptr) {
    run(table.matmul_float[dtype], task, n_out, table.row_tile, table.scratch_bytes(n_in), context);
    return;
  }

  const bool panel = table.matmul_int8_panel[dtype] != nullptr && n_tokens >= table.panel_min_tokens;
  const int group = activation_group(w.dtype);
  task.quantized =
      quantize(x, ldx, n_tokens, n_in, group, panel ? GroupOrder::kLaneMajor : GroupOrder::kNatural, 0, context);
  run(panel ? table.matmul_int8_panel[dtype] : table.matmul_int8[dtype], task, n_out, table.row_tile,
      table.scratch_bytes(n_in), context);
}

void matmul(const float* x, std::int64_t ldx, std::int64_t n_tokens, std::span<const Product> products,
            KernelContext& context) {
  while (!products.empty() && n_tokens > 0) {
    std::size_t n = 0;
    while (n < products.size() && n < kMostTogether && is_read_packed(products[n], context) &&
           round_alike(products[0], products[n], context.table)) {
      ++n;
    }
    if (n > 0) {
      run_packed(x, ldx, n_tokens, products.first(n), context);
    } else {
      const Product& p = products.front();
      matmul(x, ldx, n_tokens, p.w, p.bias, p.y, p.ldy, context);
      n = 1;
    }
    products = products.subspan(n);
  }
}

void copy_row(const Tensor& matrix, std::int64_t index, float* out) {
  assert(index >= 0 && index < matrix.n_rows());
  dequantize(matrix.dtype, matrix.row(index), matrix.row_length(), out);
}

}  // namespace hearth
