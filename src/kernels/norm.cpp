#include "kernels/elementwise.h"
#include "kernels/share_rows.h"

namespace hearth {

void rms_norm(const float* x, std::int64_t n_rows, std::int64_t n, const float* weight, float eps, float* y,
              KernelContext& context) {
  share_rows(n_rows, n, context,
             [&](std::int64_t row) { context.table.rms_norm(x + row * n, n, weight, eps, y + row * n); });
}

void layer_norm(const float* x, std::int64_t n_rows, std::int64_t n, const float* weight, const float* bias, float eps,
                float* y, KernelContext& context) {
  share_rows(n_rows, n, context,
             [&](std::int64_t row) { context.table.layer_norm(x + row * n, n, weight, bias, eps, y + row * n); });
}

}  // namespace hearth
