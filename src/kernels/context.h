// What every operation is given: the workers, the kernels chosen for this CPU, and how exact to be.
#pragma once

#include "base/thread_pool.h"
#include "kernels/kernel_table.h"

namespace hearth {

enum class Precision {
  kFast,  ///< quantised weights meet activations rounded to 8 bits (a scale per 32 values)
  kExact  ///< every weight is dequantised and meets float32 activations
};

struct KernelContext {
  ThreadPool& pool;
  const KernelTable& table;
  Precision precision = Precision::kFast;
};

}  // namespace hearth
