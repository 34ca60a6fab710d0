// The angles of rotary positions under each scaling rule that models use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "format/gguf.h"
#include "model/transformer_spec.h"

namespace hearth {

/// How a model stretches its positions. Formulas: transformers' modeling_rope_utils.py; YaRN: Peng et al. 2023;
/// LongRoPE: Ding et al. 2024.
struct RopeScaling {
  std::string type = "none";  ///< "none", "linear", "llama3", "yarn", "longrope"
  double factor = 1;
  double low_freq_factor = 1, high_freq_factor = 4;  ///< llama3
  double beta_fast = 32, beta_slow = 1;              ///< yarn
  std::int64_t original_context = 0;
  std::optional<double> attention_factor;
  std::vector<double> short_factor, long_factor;  ///< longrope divisors
  std::vector<double> divisors;                   ///< further divisors of each angle (GGUF's rope_freqs.weight)
};

/// Errors: kUnsupported for an unknown type, kCorruptData for values or lengths that do not fit, naming `where`.
RopeSpec make_rope(std::int64_t n_rot, double theta, RopeKind kind, const RopeScaling& scaling,
                   std::int64_t context_length, const std::string& where);

/// From `<architecture>.rope.*` and the rope_* tensors. `default_n_rot` holds where rope.dimension_count is missing.
RopeSpec rope_from_gguf(const GgufFile& file, const std::string& architecture, std::int64_t default_n_rot,
                        RopeKind kind, std::int64_t context_length);

/// From config.json's rope_theta and rope_scaling, or rope_parameters (transformers 5).
RopeSpec rope_from_config(const JsonObject& config, std::int64_t head_dim, std::int64_t context_length);

}  // namespace hearth
