// A tokenizer out of parts, as Hugging Face tokenizers builds them: added tokens, normalizer, pre-tokenizer, model,
// surrounding tokens, decoder. Every tokenizer of Hearth is one of these, wherever it was read from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/decoder.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/token_model.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace hearth {

struct TokenizerParts {
  std::shared_ptr<const Vocabulary> vocabulary;  ///< of the model and the added tokens
  std::vector<AddedToken> added_tokens;
  std::unique_ptr<const Normalizer> normalizer;       ///< may be null
  std::unique_ptr<const PreTokenizer> pre_tokenizer;  ///< may be null
  std::unique_ptr<const TokenModel> model;
  SurroundingTokens surrounding;
  DecoderChain decoder;
  /// What the decoder sees for each id, where that is not the vocabulary's text.
  std::vector<std::string> decoder_texts;
  std::vector<bool> special;  ///< one an id; shorter means false
  std::optional<TokenId> bos;
  std::optional<TokenId> eos;
};

class PipelineTokenizer final : public Tokenizer {
 public:
  explicit PipelineTokenizer(TokenizerParts parts);

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override;
  std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  std::unique_ptr<DecodeStream> start_decoding(bool skip_special) const override;
  std::string token_bytes(TokenId id) const override;
  bool strips_leading_space() const override { return hearth::strips_leading_space(parts_.decoder); }

  std::int64_t vocab_size() const override { return parts_.vocabulary->size(); }
  std::string_view token_text(TokenId id) const override { return parts_.vocabulary->text(id); }
  std::optional<TokenId> find(std::string_view token_text) const override {
    return parts_.vocabulary->find(token_text);
  }
  bool is_special(TokenId id) const override;
  std::optional<TokenId> bos() const override { return parts_.bos; }
  std::optional<TokenId> eos() const override { return parts_.eos; }
  std::string_view kind() const override { return parts_.model->kind(); }

  const DecoderChain& decoder() const { return parts_.decoder; }
  /// The text that the decoder sees. Errors: kInvalidArgument for an id outside the vocabulary.
  std::string_view decoder_text(TokenId id) const;

 private:
  void encode_text(std::string text, bool at_start, PieceCache& cache, std::vector<TokenId>& out) const;

  TokenizerParts parts_;
  AddedTokens added_tokens_;
};

}  // namespace hearth
