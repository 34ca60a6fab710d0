// Which files of a repository or folder make up a model: GGUF files (split ones as one), or a folder of safetensors
// with its configuration and tokenizer. Works on names and sizes only; opens nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct NamedSize {
  std::string name;  ///< relative, with '/'
  std::uint64_t bytes = 0;
};

struct ModelFiles {
  bool is_gguf = false;
  std::string quantization;        ///< "Q4_K_M"; empty where the name does not say, and for safetensors
  std::vector<std::string> files;  ///< the first one is what a loader opens (of safetensors: config.json)
  std::uint64_t bytes = 0;         ///< of all of them
  std::uint64_t weight_bytes = 0;  ///< of those that hold weights
};

/// Every model among `files`, GGUF first, best quantisation first. A split GGUF file counts only when all its parts are
/// there. Projectors of pictures (mmproj) and adapters are no models; pickled weights are never fetched.
std::vector<ModelFiles> find_models(std::span<const NamedSize> files);

/// Whether a name is that of weights, a configuration, a tokenizer or a template: nothing else is fetched.
bool is_wanted_file(std::string_view name);

struct Choice {
  std::size_t index = 0;
  std::string reason;  ///< "Q5_K_M: the best that fits into 7.2 GiB of memory"
  bool fits = true;
};

/// The best quantisation that fits: from Q8_0 downwards, since F16 and F32 are larger, slower and not measurably
/// better; those are taken where there is nothing else, or by name. `need`: bytes of memory that running takes, from
/// the bytes of weights. Where nothing fits, the smallest. What Hearth does not run is never chosen where there is a
/// choice. `models`: GGUF ones, not empty.
Choice choose_quantization(std::span<const ModelFiles> models, std::uint64_t memory,
                           const std::function<std::uint64_t(const ModelFiles&)>& need);

/// "model-00002-of-00003.gguf" → "model", 2, 3; false for names of another form.
bool parse_split_name(std::string_view name, std::string& stem, int& part, int& parts);

}  // namespace hearth
