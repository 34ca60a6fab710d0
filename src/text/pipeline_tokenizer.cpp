#include "text/pipeline_tokenizer.h"

#include <fmt/format.h>

#include "hearth/error.h"
#include "text/whole_characters.h"

namespace hearth {
namespace {

class PipelineDecodeStream final : public DecodeStream {
 public:
  PipelineDecodeStream(const PipelineTokenizer& tokenizer, bool skip_special)
      : tokenizer_(tokenizer), skip_special_(skip_special) {
    for (const auto& decoder : tokenizer.decoder()) stages_.push_back(decoder->start());
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      stages_[i]->set_next(i + 1 < stages_.size() ? stages_[i + 1].get() : &sink_);
    }
  }

  void push(TokenId id, std::string& out) override {
    const std::string_view text = tokenizer_.decoder_text(id);
    if (skip_special_ && tokenizer_.is_special(id)) return;
    first().text(text);
    first().end();
    any_ = true;
    drain(out);
  }

  void finish(std::string& out) override {
    if (any_) first().finish();
    drain(out);
    characters_.finish(out);
  }

 private:
  struct Sink final : DecodeStage {
    void text(std::string_view chunk) override { bytes += chunk; }
    void end() override {}
    void finish() override {}
    std::string bytes;
  };

  DecodeStage& first() { return stages_.empty() ? sink_ : *stages_.front(); }
  void drain(std::string& out) {
    characters_.push(sink_.bytes, out);
    sink_.bytes.clear();
  }

  const PipelineTokenizer& tokenizer_;
  bool skip_special_;
  bool any_ = false;
  std::vector<std::unique_ptr<DecodeStage>> stages_;
  Sink sink_;
  WholeCharacters characters_;
};

}  // namespace

PipelineTokenizer::PipelineTokenizer(TokenizerParts parts)
    : parts_(std::move(parts)), added_tokens_(parts_.added_tokens, parts_.normalizer.get()) {}

std::vector<TokenId> PipelineTokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 8);
  if (options.add_special) ids = parts_.surrounding.before;
  PieceCache cache(text.size());
  added_tokens_.split(text, options, [&](AddedTokens::Part&& part) {
    if (part.id != Section::kText) {
      ids.push_back(part.id);
    } else {
      encode_text(std::move(part.text), part.at_start, cache, ids);
    }
  });
  if (options.add_special) ids.insert(ids.end(), parts_.surrounding.after.begin(), parts_.surrounding.after.end());
  return ids;
}

void PipelineTokenizer::encode_text(std::string text, bool at_start, PieceCache& cache,
                                    std::vector<TokenId>& out) const {
  if (parts_.pre_tokenizer == nullptr) return parts_.model->encode(text, cache, out);
  PieceList list(std::move(text), at_start);
  parts_.pre_tokenizer->apply(list);
  for (const Piece& piece : list.pieces) parts_.model->encode(list.view(piece), cache, out);
}

std::string PipelineTokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string text;
  PipelineDecodeStream stream(*this, skip_special);
  for (const TokenId id : ids) stream.push(id, text);
  stream.finish(text);
  return text;
}

std::unique_ptr<DecodeStream> PipelineTokenizer::start_decoding(bool skip_special) const {
  return std::make_unique<PipelineDecodeStream>(*this, skip_special);
}

std::string_view PipelineTokenizer::decoder_text(TokenId id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("token id {} is outside the vocabulary of {} tokens", id, vocab_size()));
  }
  const auto index = static_cast<std::size_t>(id);
  return index < parts_.decoder_texts.size() ? std::string_view(parts_.decoder_texts[index])
                                             : parts_.vocabulary->text(id);
}

std::string PipelineTokenizer::token_bytes(TokenId id) const {
  return decode_middle(parts_.decoder, std::string(decoder_text(id)));
}

bool PipelineTokenizer::is_special(TokenId id) const {
  return id >= 0 && static_cast<std::size_t>(id) < parts_.special.size() &&
         parts_.special[static_cast<std::size_t>(id)];
}

}  // namespace hearth
