#include "kernels/elementwise.h"
#include "kernels/share_rows.h"

namespace hearth {

void activate(float* x, std::int64_t n, Activation activation, KernelContext& context) {
  share_values(n, context, [&](std::int64_t begin, std::int64_t end) {
    context.table.activate(x + begin, end - begin, activation);
  });
}

void activate_and_multiply(float* gate, std::int64_t ldg, const float* up, std::int64_t ldu, std::int64_t n_rows,
                           std::int64_t n, Activation activation, KernelContext& context) {
  share_rows(n_rows, n, context, [&](std::int64_t row) {
    context.table.activate_and_multiply(gate + row * ldg, up + row * ldu, n, activation);
  });
}

void add(float* x, const float* y, std::int64_t n, KernelContext& context) {
  share_values(n, context,
               [&](std::int64_t begin, std::int64_t end) { context.table.add(x + begin, y + begin, end - begin); });
}

void scale(float* x, std::int64_t n, float factor, KernelContext& context) {
  share_values(n, context,
               [&](std::int64_t begin, std::int64_t end) { context.table.scale(x + begin, end - begin, factor); });
}

void soft_cap(float* x, std::int64_t n, float cap, KernelContext& context) {
  share_values(n, context,
               [&](std::int64_t begin, std::int64_t end) { context.table.soft_cap(x + begin, end - begin, cap); });
}

}  // namespace hearth
