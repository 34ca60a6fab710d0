// What the readers of Hugging Face files share.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "text/pipeline_tokenizer.h"

namespace hearth {

/// The text of a tokenizer.json. "truncation" and "padding" are the caller's matter and not read. Errors: kCorruptData,
/// kUnsupported.
TokenizerParts load_tokenizer_json_parts(std::string_view text, const std::string& name);

/// The small files beside a vocabulary; those that are missing are null.
struct HfCompanions {
  json::value tokenizer_config;    ///< tokenizer_config.json
  json::value special_tokens_map;  ///< special_tokens_map.json
  json::value added_tokens;        ///< added_tokens.json: {"text": id}
  json::value config;              ///< config.json
  std::string name;                ///< the folder, for errors

  static HfCompanions load(const std::filesystem::path& folder);

  /// The text of e.g. "bos_token" by tokenizer_config.json or special_tokens_map.json.
  std::optional<std::string> token(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;           ///< of tokenizer_config.json
  std::optional<std::string> string(std::string_view key) const;  ///< of tokenizer_config.json
};

/// Sets bos and eos, and where tokenizer_config.json says add_bos_token or add_eos_token, what surrounds a text.
void apply_companions(TokenizerParts& parts, const HfCompanions& companions);

/// vocab.json + merges.txt (byte-level BPE). Errors: kCorruptData; kUnsupported naming the tokenizer class.
TokenizerParts load_vocab_json_parts(const std::filesystem::path& folder, const HfCompanions& companions);
/// vocab.txt (WordPiece).
TokenizerParts load_vocab_txt_parts(const std::filesystem::path& folder, const HfCompanions& companions);

}  // namespace hearth
