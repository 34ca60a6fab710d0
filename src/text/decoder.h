// Decoders: token texts back to plain text, one token at a time, so that a stream and a whole text come out the same.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/regex_pattern.h"

namespace hearth {

/// One step of one decoding: takes tokens, gives tokens to the next step. A token may come in several chunks, each call
/// of text() one, until end(); after the last token comes finish().
class DecodeStage {
 public:
  virtual ~DecodeStage() = default;
  virtual void text(std::string_view chunk) = 0;
  virtual void end() = 0;
  virtual void finish() { next_->finish(); }
  void set_next(DecodeStage* next) { next_ = next; }

 protected:
  DecodeStage* next_ = nullptr;
};

/// What a tokenizer.json calls a decoder; makes a stage for each decoding. Immutable.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::unique_ptr<DecodeStage> start() const = 0;
  /// The bytes of `token` when it stands neither first nor last, this step alone. `joined`: a step before has made all
  /// tokens one.
  virtual std::string middle(std::string token, bool joined) const = 0;
  /// Whether all tokens are one behind this step.
  virtual bool joins() const { return false; }
  /// Whether one leading space of the whole text is dropped.
  virtual bool strips_leading_space(bool joined) const {
    (void)joined;
    return false;
  }
};

using DecoderChain = std::vector<std::unique_ptr<const Decoder>>;

/// Reads the "decoder" of a tokenizer.json; null gives a chain that joins tokens by spaces, as Hugging Face tokenizers
/// does. `where` names it in errors. Errors: kCorruptData; kUnsupported for an unknown type.
DecoderChain load_decoder(const json::value& value, const std::string& where);

/// The bytes of `token` in the middle of a text.
std::string decode_middle(const DecoderChain& chain, std::string token);
bool strips_leading_space(const DecoderChain& chain);

/// "Ġ" is a space: GPT-2's byte alphabet.
std::unique_ptr<const Decoder> make_byte_level_decoder();
/// "<0x0A>" is a byte; a run of them that is not UTF-8 becomes one U+FFFD a byte.
std::unique_ptr<const Decoder> make_byte_fallback_decoder();
/// Makes all tokens one.
std::unique_ptr<const Decoder> make_fuse_decoder();
/// Tokens with spaces between.
std::unique_ptr<const Decoder> make_space_join_decoder();
std::unique_ptr<const Decoder> make_replace_decoder(Pattern pattern, std::string with);
/// Takes up to `start` and `stop` times `content` off the ends of each token.
std::unique_ptr<const Decoder> make_strip_decoder(std::string content, std::size_t start, std::size_t stop);
/// "##ing" continues a word; `clean_up` takes the space before punctuation away.
std::unique_ptr<const Decoder> make_word_piece_decoder(std::string prefix, bool clean_up);
/// `drop_first`: the first token loses its "▁", others have a space there.
std::unique_ptr<const Decoder> make_metaspace_decoder(std::string replacement, bool drop_first);
/// `suffix` ends a word: a space, and nothing behind the last token.
std::unique_ptr<const Decoder> make_bpe_suffix_decoder(std::string suffix);

}  // namespace hearth
