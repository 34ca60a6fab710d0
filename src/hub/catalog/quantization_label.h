// The names of quantisations as files carry them ("Q4_K_M"), how good they are and about how large.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hearth {

struct QuantizationLabel {
  std::string_view name;   ///< "Q4_K_M"
  double bits_per_weight;  ///< about, over a whole model: mixtures differ a little from one to the next
  bool runs = true;        ///< false: Hearth has no kernels for its blocks; the name is known, to say so
};

/// Every one that the hub's files commonly state, best first; those that Hearth does not run stand at the end.
std::span<const QuantizationLabel> quantization_labels();

/// By name, whatever the case; "fp16" and "f16" are one, and "UD-" (one maker's mark) says nothing. nullptr where there
/// is none of that name.
const QuantizationLabel* find_quantization_label(std::string_view name);

/// The one that a file name states ("qwen2.5-0.5b-instruct-q4_k_m-00001-of-00002.gguf"), the last one where there are
/// several; nullptr without any.
const QuantizationLabel* quantization_in_file_name(std::string_view file_name);

/// By the number that `general.file_type` of a GGUF file holds (llama.h, enum llama_ftype); nullptr for unknown ones.
const QuantizationLabel* quantization_of_file_type(std::int64_t file_type);

/// Position in quantization_labels(): smaller is better. One that is not known comes last.
std::size_t quality_rank(std::string_view name);

}  // namespace hearth
