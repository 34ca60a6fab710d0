// Everything that shapes an answer and that a person may set, by name: one table for the flags of `run`, `/set` in
// `chat`, the settings and saved conversations.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "hearth/model.h"
#include "hearth/sampling.h"

namespace hearth::cli {

struct GenerationParams : SamplingParams {
  std::int64_t max_tokens = -1;
  std::vector<std::string> stop;
  bool ignore_eos = false;
  bool context_shift = false;

  explicit GenerationParams(const SamplingParams& sampling = {}) : SamplingParams(sampling) {}
  /// Fills in what a request says about the answer.
  void put_into(GenerateRequest& request) const;
};

enum class ParameterKind {
  kValue,
  kToggle,  ///< as a flag it has no value
  kList     ///< set() adds to it
};

struct Parameter {
  std::string_view name;   ///< "top_k"
  std::string_view flags;  ///< "--top-k"
  std::string_view type;   ///< of the value, in the help
  std::string_view help;
  ParameterKind kind = ParameterKind::kValue;
  /// Errors: UsageError naming parameter and text.
  void (*set)(GenerationParams& params, std::string_view name, std::string_view text);
  json::value (*get)(const GenerationParams& params);
  void (*copy)(GenerationParams& to, const GenerationParams& from);
};

std::span<const Parameter> generation_parameters();
/// nullptr where there is none of that name.
const Parameter* find_parameter(std::string_view name);
/// As a person writes it: "0.8", "on", "random".
std::string parameter_text(const Parameter& parameter, const GenerationParams& params);
/// hearth::validate() and the range of max_tokens. Errors: UsageError.
void check_params(const GenerationParams& params);

}  // namespace hearth::cli
