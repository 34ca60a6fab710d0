// What a BenchmarkPlan asks for, one by one and checked. It measures nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hearth/benchmark.h"
#include "model/transformer_spec.h"

namespace hearth {

enum class BenchmarkKind {
  kPrefill,  ///< n_prompt tokens are read
  kDecode,   ///< n_gen tokens of `batch` answers are written
  kEmbed     ///< `batch` texts of n_prompt tokens become vectors
};

struct BenchmarkCase {
  BenchmarkKind kind;
  std::int64_t n_prompt = 0, n_gen = 0, depth = 0, batch = 1;

  std::string name() const;  ///< "pp512", "tg128@d4096", "embed256"
  /// Tokens that each sequence has read at its end. An answer begins behind one token at least; the token that is
  /// chosen last is not read.
  std::int64_t tokens() const;
};

/// Those for one number of threads, in the order in which they are measured. `context`: what a sequence may hold; 0:
/// what the model can. Errors: as benchmark().
std::vector<BenchmarkCase> benchmark_cases(const BenchmarkPlan& plan, const TransformerSpec& spec,
                                           std::int64_t context);

}  // namespace hearth
