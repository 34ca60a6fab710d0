#include "hub/catalog/quantization_label.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace hearth {
namespace {

// Bits: blocks as the format defines them (Q8_0: 34 bytes for 32 weights); for the mixtures what a 7B model came to in
// llama.cpp's own table (tools/quantize).
constexpr std::array kQuantizations = {
    QuantizationLabel{"F32", 32},
    QuantizationLabel{"BF16", 16},
    QuantizationLabel{"F16", 16},
    QuantizationLabel{"Q8_K_XL", 10.5},
    QuantizationLabel{"Q8_0", 8.5},
    QuantizationLabel{"Q6_K_XL", 7.2},
    QuantizationLabel{"Q6_K_L", 6.8},
    QuantizationLabel{"Q6_K", 6.6},
    QuantizationLabel{"Q5_K_XL", 5.8},
    QuantizationLabel{"Q5_K_L", 6.0},
    QuantizationLabel{"Q5_K_M", 5.7},
    QuantizationLabel{"Q5_K_S", 5.6},
    QuantizationLabel{"Q5_K", 5.7},
    QuantizationLabel{"Q5_1", 6.0},
    QuantizationLabel{"Q5_0", 5.6},
    QuantizationLabel{"Q4_K_XL", 5.0},
    QuantizationLabel{"Q4_K_L", 5.2},
    QuantizationLabel{"Q4_K_M", 4.9},
    QuantizationLabel{"Q4_K", 4.9},
    QuantizationLabel{"Q4_K_S", 4.6},
    QuantizationLabel{"IQ4_NL", 4.5},
    QuantizationLabel{"IQ4_XS", 4.3},
    QuantizationLabel{"Q4_1", 5.0},
    QuantizationLabel{"Q4_0", 4.6},
    QuantizationLabel{"Q3_K_XL", 4.6},
    QuantizationLabel{"Q3_K_L", 4.3},
    QuantizationLabel{"Q3_K_M", 3.9},
    QuantizationLabel{"Q3_K", 3.9},
    QuantizationLabel{"Q3_K_S", 3.5},
    QuantizationLabel{"Q2_K_XL", 3.4},
    QuantizationLabel{"Q2_K_L", 3.2},
    QuantizationLabel{"Q2_K", 3.0},
    QuantizationLabel{"Q2_K_S", 2.8},
    QuantizationLabel{"MXFP4_MOE", 4.3, false},
    QuantizationLabel{"MXFP4", 4.3, false},
    QuantizationLabel{"IQ3_M", 3.7, false},
    QuantizationLabel{"IQ3_S", 3.5, false},
    QuantizationLabel{"IQ3_XS", 3.3, false},
    QuantizationLabel{"IQ3_XXS", 3.1, false},
    QuantizationLabel{"IQ2_M", 2.7, false},
    QuantizationLabel{"IQ2_S", 2.5, false},
    QuantizationLabel{"IQ2_XS", 2.4, false},
    QuantizationLabel{"IQ2_XXS", 2.1, false},
    QuantizationLabel{"IQ1_M", 1.8, false},
    QuantizationLabel{"IQ1_S", 1.6, false},
    QuantizationLabel{"TQ2_0", 2.1, false},
    QuantizationLabel{"TQ1_0", 1.7, false},
};

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

}  // namespace

std::span<const QuantizationLabel> quantization_labels() { return kQuantizations; }

const QuantizationLabel* find_quantization_label(std::string_view name) {
  std::string wanted = upper(name);
  if (wanted.starts_with("UD-")) wanted.erase(0, 3);
  if (wanted == "FP16") wanted = "F16";
  if (wanted == "FP32") wanted = "F32";
  const auto* found = std::find_if(kQuantizations.begin(), kQuantizations.end(),
                                   [&](const QuantizationLabel& quantization) { return quantization.name == wanted; });
  return found == kQuantizations.end() ? nullptr : &*found;
}

const QuantizationLabel* quantization_in_file_name(std::string_view file_name) {
  // A word is what stands between characters that no quantisation's name has ('_' belongs to them, so a name may also
  // begin behind one).
  const std::string text = upper(file_name);
  const QuantizationLabel* best = nullptr;
  std::size_t best_end = 0;
  std::size_t best_length = 0;
  const auto consider = [&](const QuantizationLabel& quantization, std::string_view spelling) {
    for (std::size_t at = text.find(spelling); at != std::string::npos; at = text.find(spelling, at + 1)) {
      const std::size_t end = at + spelling.size();
      const bool begins = at == 0 || !is_alphanumeric(text[at - 1]);
      const bool ends = end == text.size() || (!is_alphanumeric(text[end]) && text[end] != '_');
      const bool better = end > best_end || (end == best_end && spelling.size() > best_length);
      if (begins && ends && better) {
        best = &quantization;
        best_end = end;
        best_length = spelling.size();
      }
    }
  };
  for (const QuantizationLabel& quantization : kQuantizations) consider(quantization, quantization.name);
  consider(*find_quantization_label("F16"), "FP16");
  consider(*find_quantization_label("F32"), "FP32");
  return best;
}

const QuantizationLabel* quantization_of_file_type(std::int64_t file_type) {
  switch (file_type) {
    case 0: return find_quantization_label("F32");
    case 1: return find_quantization_label("F16");
    case 2: return find_quantization_label("Q4_0");
    case 3: return find_quantization_label("Q4_1");
    case 7: return find_quantization_label("Q8_0");
    case 8: return find_quantization_label("Q5_0");
    case 9: return find_quantization_label("Q5_1");
    case 10: return find_quantization_label("Q2_K");
    case 11: return find_quantization_label("Q3_K_S");
    case 12: return find_quantization_label("Q3_K_M");
    case 13: return find_quantization_label("Q3_K_L");
    case 14: return find_quantization_label("Q4_K_S");
    case 15: return find_quantization_label("Q4_K_M");
    case 16: return find_quantization_label("Q5_K_S");
    case 17: return find_quantization_label("Q5_K_M");
    case 18: return find_quantization_label("Q6_K");
    case 21: return find_quantization_label("Q2_K_S");
    case 25: return find_quantization_label("IQ4_NL");
    case 30: return find_quantization_label("IQ4_XS");
    case 32: return find_quantization_label("BF16");
    default: return nullptr;
  }
}

std::size_t quality_rank(std::string_view name) {
  const QuantizationLabel* found = find_quantization_label(name);
  return found == nullptr ? kQuantizations.size() : static_cast<std::size_t>(found - kQuantizations.data());
}

}  // namespace hearth
