// How much the CPU can compute at most, to compare what a forward pass reaches with. It uses no memory.
#pragma once

#include "kernels/context.h"

namespace hearth {

enum class Arithmetic {
  kFloats,  ///< float32 products that are added up
  kBytes    ///< products of bytes: what quantised weights meet rounded activations with
};

/// Operations a second that all threads of the pool do together with the kernels of `context`, measured now (about a
/// tenth of a second); a product and a sum are two operations.
double measure_arithmetic_limit(Arithmetic arithmetic, KernelContext& context);

}  // namespace hearth
