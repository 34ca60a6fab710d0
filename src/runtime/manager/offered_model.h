// A model that the server offers, as lists of models show it. Found without loading weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hearth/model.h"
#include "runtime/manager/model_overlay.h"

namespace hearth {

struct OfferedModel {
  std::string id;                        ///< as users name it: "qwen2.5:0.5b-q4_k_m", "owner/repo:Q8_0", "tiny"
  std::vector<std::string> other_names;  ///< that mean it too: aliases, names of the catalog
  std::string path;                      ///< what a loader opens; of an overlay that of the model below it
  std::vector<std::string> files;        ///< all of it
  std::string store;                     ///< as LocalModel::store; "overlay" for one made by create_overlay()
  std::string parent;                    ///< of an overlay: the id of the model below it
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  ///< Unix time in seconds
  /// 64 hexadecimal digits that stay the same while name and file do (SHA-256 of name, path, size and time: contents
  /// are not read).
  std::string digest;

  std::string format;          ///< "gguf", "safetensors"
  std::string family;          ///< the architecture: "llama", "bert"
  std::string parameter_size;  ///< "1.1B"
  std::uint64_t parameters = 0;
  std::string quantization;           ///< "Q4_K_M", "F16"; "unknown" where the file does not say
  std::int64_t context = 0;           ///< what it was trained for
  std::int64_t embedding_length = 0;  ///< n_embd
  bool is_encoder = false;            ///< embeds; does not generate
  /// In Ollama's words: "completion" (generates), "tools" (its template takes tools), "insert" (fill-in-the-middle),
  /// "thinking" (its template takes reasoning), "embedding" (made for vectors).
  std::vector<std::string> capabilities;
  std::string problem;  ///< why it cannot be used; such a one is not listed

  bool can(const std::string& capability) const;
};

/// All that is known of one, for /api/show.
struct ModelDescription {
  OfferedModel model;
  FileReport report;                    ///< metadata, tensors, licence, chat template
  std::optional<ModelOverlay> overlay;  ///< what was laid over it
};

}  // namespace hearth
