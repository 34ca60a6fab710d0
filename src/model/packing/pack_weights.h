// Gives the matrices of a model their packed form, out of the cache or made now.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/weights.h"

namespace hearth {

struct PackingOptions {
  bool enabled = true;
  std::string folder;                                 ///< of the cache; empty: only what is small is packed, in memory
  std::uint64_t max_bytes = std::uint64_t{32} << 30;  ///< of the cache
  int threads = 0;                                    ///< that pack; 0: one per core
  /// Weights up to this size are packed in memory at each start: that is quicker than to look for a file.
  std::uint64_t in_memory_bytes = std::uint64_t{32} << 20;
  /// Told in a line why large weights stay as they are in the file; may be empty.
  std::function<void(std::string_view)> on_problem;
};

/// Packs what this CPU's kernels read packed. The tensors stay: they are views of the file, whose pages go unless
/// something reads them. What cannot be packed stays as it is.
void pack_weights(Weights& weights, const PackingOptions& options);

}  // namespace hearth
