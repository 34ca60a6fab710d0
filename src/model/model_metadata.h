// What model files say beside spec and weights: licence, pooling, recommended sampling, and all metadata as text for
// people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "format/gguf.h"
#include "format/hf_folder.h"
#include "hearth/sampling.h"
#include "model/transformer_spec.h"

namespace hearth {

/// A tokenizer may know a few tokens that were added after training and have no embedding; one far larger is another
/// model's.
inline constexpr std::int64_t kMaxTokensBeyondRows = 256;

/// Hearth's defaults under the file's `general.sampling.*` keys. Errors: kCorruptData for wrong types.
SamplingParams gguf_sampling(const GgufFile& file);
/// Hearth's defaults under generation_config.json; `do_sample: false` means greedy.
SamplingParams hf_sampling(const HfFolder& folder);

/// A number or a list of numbers. Errors: kCorruptData.
std::vector<std::int64_t> hf_token_ids(const JsonObject& config, std::string_view key);

/// What 1_Pooling/config.json says, where the folder is one of sentence-transformers' (modules.json). Errors:
/// kUnsupported for a mode other than mean, CLS and last token.
std::optional<Pooling> hf_pooling(const std::filesystem::path& folder);

/// `license:` of the README's front matter; empty without one.
std::string hf_license(const std::filesystem::path& folder);

/// Key and value; of a long array its first values and its length.
std::vector<std::pair<std::string, std::string>> gguf_metadata_text(const GgufFile& file);
std::vector<std::pair<std::string, std::string>> config_metadata_text(const HfFolder& folder);

}  // namespace hearth
