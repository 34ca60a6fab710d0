// Text to token ids and back. One interface over byte-level BPE, SentencePiece-BPE, Unigram and WordPiece; all of them
// read from GGUF metadata, tokenizer.json, or vocab.json + merges.txt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hearth/sampling.h"

namespace hearth {

class GgufFile;

struct EncodeOptions {
  /// Put BOS/EOS (CLS/SEP …) around the text as the model was trained to see it.
  bool add_special = false;
  /// Recognise the text of special tokens ("<|im_end|>") as those tokens. Off: it is plain text. Added tokens that are
  /// not special (runs of spaces in Phi-2) are recognised either way.
  bool parse_special = false;
  /// Byte ranges [begin, end) of the text that came from a user, ascending: a special token that overlaps one is never
  /// recognised, even with parse_special.
  std::span<const std::pair<std::size_t, std::size_t>> untrusted;
};

/// One decoding in progress. push() and finish() append text that, taken together, is decode() of all ids; it never
/// ends inside a UTF-8 character.
class DecodeStream {
 public:
  virtual ~DecodeStream() = default;
  /// Errors: kInvalidArgument for an id outside the vocabulary.
  virtual void push(TokenId id, std::string& out) = 0;
  virtual void finish(std::string& out) = 0;
};

/// Immutable after construction; any number of threads may use one.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Linear in the length of the text. Invalid UTF-8 is encoded byte by byte where the vocabulary has bytes, else as
  /// unknown.
  virtual std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;
  /// What the ids mean together, always valid UTF-8 (U+FFFD for bytes that make no character). `skip_special` leaves
  /// control tokens out. Errors: kInvalidArgument for an id outside the vocabulary.
  virtual std::string decode(std::span<const TokenId> ids, bool skip_special = false) const = 0;
  /// decode() id by id; the tokenizer must outlive it. Unless overridden it goes by token_bytes() and
  /// strips_leading_space().
  virtual std::unique_ptr<DecodeStream> start_decoding(bool skip_special) const;
  /// The bytes that `id` adds when it stands neither first nor last (a SentencePiece "▁a" is " a"); may be part of a
  /// character.
  virtual std::string token_bytes(TokenId id) const = 0;
  /// Whether decode() drops one leading space of the whole text (SentencePiece models that add one when encoding).
  virtual bool strips_leading_space() const = 0;

  /// One more than the largest id; ids of vocabularies with holes may have an empty token_text().
  virtual std::int64_t vocab_size() const = 0;
  virtual std::string_view token_text(TokenId id) const = 0;  ///< as the vocabulary writes it: "Ġthe", "▁a", "<0x0A>"
  virtual std::optional<TokenId> find(std::string_view token_text) const = 0;
  virtual bool is_special(TokenId id) const = 0;  ///< control tokens
  virtual std::optional<TokenId> bos() const = 0;
  virtual std::optional<TokenId> eos() const = 0;
  virtual std::string_view kind()
      const = 0;  ///< "byte-level BPE", "SentencePiece BPE", "Unigram", "WordPiece", "WordLevel"
};

/// Errors: kCorruptData (file, key, value), kUnsupported (naming the tokenizer model or pre-tokenizer).
std::unique_ptr<const Tokenizer> load_gguf_tokenizer(const GgufFile& file);
/// From a folder (tokenizer.json, else vocab.json + merges.txt, else vocab.txt) or one of these files itself.
std::unique_ptr<const Tokenizer> load_hf_tokenizer(const std::filesystem::path& folder_or_file);
/// From the text of a tokenizer.json (no companions); `name` is for errors.
std::unique_ptr<const Tokenizer> parse_tokenizer_json(std::string_view text, const std::string& name);

/// Turns a stream of ids into text that never ends inside a UTF-8 character; the pieces concatenated equal decode() of
/// all ids.
class StreamingDetokenizer {
 public:
  /// `tokenizer` must outlive it.
  explicit StreamingDetokenizer(const Tokenizer& tokenizer, bool skip_special = true);
  std::string push(TokenId id);
  std::string finish();  ///< what is left; bytes that never became a character are U+FFFD

 private:
  std::unique_ptr<DecodeStream> stream_;
};

}  // namespace hearth
