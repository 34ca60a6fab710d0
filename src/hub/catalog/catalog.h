// The models that Hearth knows by name, as data: read from TOML, the built-in one (catalog.toml) and the user's own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct CatalogEntry {
  std::string name, tag;                     ///< "qwen2.5", "0.5b"
  bool is_default = false;                   ///< what the name without a tag means
  std::vector<std::string> aliases;          ///< other ways to write "name:tag"
  std::string title;                         ///< "Qwen2.5 0.5B Instruct"
  std::string note;                          ///< one sentence more; may be empty
  std::string repository;                    ///< owner/repo
  std::string revision = "main";             ///< branch, tag or commit
  std::string file;                          ///< how its GGUF files are named, with {quant} or {QUANT}
  std::map<std::string, std::string> files;  ///< quantisation → file, where `file` does not say it
  std::vector<std::string> quantizations;    ///< best first; empty: a folder of safetensors
  std::string dtype;                         ///< of such a folder; may be empty
  std::string original;                      ///< the makers' own repository, where `repository` is a conversion
  std::string architecture, license, terms, accept, chat_template;
  bool commercial = true;             ///< the licence allows commercial use
  std::vector<std::string> purposes;  ///< "chat", "code", "embed", "shell"
  std::int64_t context = 0;           ///< tokens; 0: not known
  std::uint64_t parameters = 0;       ///< 0: not known
  // The shape; 0: not known.
  bool has_output_twice = false;  ///< its GGUF files hold the output matrix, although it is the embedding again
  std::map<std::string, std::uint64_t> sizes;  ///< quantisation → bytes of all its files, where they are known
  std::int64_t n_layer = 0, n_embd = 0, n_head = 0, n_head_kv = 0, head_dim = 0, n_ff = 0, n_vocab = 0;

  std::string full_name() const { return name + ":" + tag; }
  bool is_gguf() const { return !quantizations.empty(); }
  /// The file of a quantisation, or empty where the entry does not say.
  std::string file_of(std::string_view quantization) const;
};

/// What a name means: an entry, and the quantisation where the tag names one.
struct CatalogMatch {
  const CatalogEntry* entry = nullptr;
  std::string quantization;  ///< "Q4_K_M"; empty: any
};

class Catalog {
 public:
  /// Entries of one file. `name` stands for the file in errors. Errors: kInvalidArgument naming file, line and key of
  /// what is no TOML, unknown, missing or of a wrong type.
  static Catalog parse(std::string_view text, std::string_view name);
  /// The one that is built in.
  static const Catalog& builtin();

  /// Adds those of `other`; one with the same name and tag takes the place of mine.
  void merge(Catalog other);
  const std::vector<CatalogEntry>& entries() const { return entries_; }

  /// "qwen2.5", "qwen2.5:0.5b", "qwen2.5:0.5b-q4_k_m", "qwen2.5:0.5b-instruct-q4_K_M", "qwen2.5:Q8_0", an alias; the
  /// case does not matter.
  std::optional<CatalogMatch> find(std::string_view name) const;
  /// "name:tag" of each entry, and the names alone.
  std::vector<std::string> names() const;

 private:
  const CatalogEntry* find_entry(std::string_view lower) const;
  std::vector<CatalogEntry> entries_;
};

}  // namespace hearth
