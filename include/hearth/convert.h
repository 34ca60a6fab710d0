// From one model file to another: fewer bits a weight, a Hugging Face folder as one GGUF file, a file under a name.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {

struct ConvertProgress {
  std::uint64_t done = 0, total = 0;  ///< bytes of the source
  std::string tensor;                 ///< the one at work
};

struct ConvertOptions {
  std::string type = "F16";  ///< one of conversion_types(), any case
  int threads = 0;           ///< 0: one per core that this process may use
  bool overwrite = false;    ///< replace a destination that exists
  /// Let weights that are quantised already be quantised again, which loses more than starting from the original.
  bool requantize = false;
  std::function<void(const ConvertProgress&)> progress;  ///< called by the calling thread, a few times a second
  const std::atomic<bool>* cancel = nullptr;             ///< set to true (from anywhere) to end with kCancelled
};

struct ConvertedShare {
  std::string dtype;
  std::int64_t tensors = 0;
  std::uint64_t parameters = 0, bytes = 0;
};

struct ConvertResult {
  std::uint64_t source_bytes = 0, file_bytes = 0;
  double seconds = 0;
  std::vector<ConvertedShare> dtypes;  ///< largest share first
  std::vector<std::string> notes;      ///< what a person should know: fallbacks, parts left out
};

struct ConversionType {
  std::string name;        ///< "Q4_K_M"
  double bits_per_weight;  ///< of most matrices
};
/// Best quality first.
std::vector<ConversionType> conversion_types();

/// Writes the GGUF file `source` (any part of a split) as `destination` with weights of `options.type`: the same
/// tensors and types as llama.cpp's llama-quantize gives. Memory stays bounded whatever the size; without success
/// nothing is left under `destination`. Errors: kNotFound, kUnsupported, kCorruptData, kIo, kInvalidArgument,
/// kCancelled.
ConvertResult quantize_file(const std::string& source, const std::string& destination, const ConvertOptions& options);

/// Writes a Hugging Face folder (config.json, safetensors, tokenizer) as one GGUF file that Hearth and llama.cpp read.
/// Errors: as quantize_file; kUnsupported also for a tokenizer or a setting that GGUF has no word for.
ConvertResult convert_folder(const std::string& folder, const std::string& destination, const ConvertOptions& options);

enum class ImportMode {
  kLink,  ///< a symbolic link: no second copy, but the original must stay
  kCopy,
  kMove
};
/// Puts a GGUF file or a Hugging Face folder under `name` into `models_folder`/imported/NAME, after checking that it
/// can be read. Returns the new path. Errors: kInvalidArgument (a bad name, or one that is taken and `replace` is not
/// set), kNotFound, kUnsupported, kCorruptData, kIo.
std::string import_model(const std::string& path, const std::string& name, const std::string& models_folder,
                         ImportMode mode, bool replace = false);

}  // namespace hearth
