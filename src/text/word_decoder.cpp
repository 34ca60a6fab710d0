// Decoders of tokens that stand for words and parts of words.
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "text/decoder.h"
#include "text/replace_all.h"

namespace hearth {
namespace {

/// What Hugging Face's decoders call clean-up, token by token.
std::string cleaned_up(std::string token) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kRules = {{{" .", "."},
                                                                                            {" ?", "?"},
                                                                                            {" !", "!"},
                                                                                            {" ,", ","},
                                                                                            {" ' ", "'"},
                                                                                            {" n't", "n't"},
                                                                                            {" 'm", "'m"},
                                                                                            {" do not", " don't"},
                                                                                            {" 's", "'s"},
                                                                                            {" 've", "'ve"},
                                                                                            {" 're", "'re"}}};
  for (const auto& [what, with] : kRules) token = replace_all(token, what, with);
  return token;
}

/// A stage that maps whole tokens and knows which is the first.
template <typename Map>
class TokenStage final : public DecodeStage {
 public:
  explicit TokenStage(Map map) : map_(std::move(map)) {}
  void text(std::string_view chunk) override { token_ += chunk; }
  void end() override {
    next_->text(map_(std::move(token_), first_));
    next_->end();
    token_.clear();
    first_ = false;
  }

 private:
  Map map_;
  std::string token_;
  bool first_ = true;
};

template <typename Map>
std::unique_ptr<DecodeStage> make_token_stage(Map map) {
  return std::make_unique<TokenStage<Map>>(std::move(map));
}

class WordPieceDecoder final : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool clean_up) : prefix_(std::move(prefix)), clean_up_(clean_up) {}
  std::unique_ptr<DecodeStage> start() const override {
    return make_token_stage([this](std::string token, bool first) { return map(std::move(token), first); });
  }
  std::string middle(std::string token, bool) const override { return map(std::move(token), false); }

 private:
  std::string map(std::string token, bool first) const {
    if (!first) token = token.starts_with(prefix_) ? token.substr(prefix_.size()) : " " + token;
    return clean_up_ ? cleaned_up(std::move(token)) : token;
  }
  std::string prefix_;
  bool clean_up_;
};

class MetaspaceDecoder final : public Decoder {
 public:
  MetaspaceDecoder(std::string replacement, bool drop_first)
      : replacement_(std::move(replacement)), drop_first_(drop_first) {}
  std::unique_ptr<DecodeStage> start() const override {
    return make_token_stage([this](const std::string& token, bool first) {
      return replace_all(token, replacement_, first && drop_first_ ? "" : " ");
    });
  }
  std::string middle(std::string token, bool) const override { return replace_all(token, replacement_, " "); }
  bool strips_leading_space(bool) const override { return drop_first_; }

 private:
  std::string replacement_;
  bool drop_first_;
};

/// Holds each token back until it is known whether it is the last.
class BpeSuffixStage final : public DecodeStage {
 public:
  explicit BpeSuffixStage(const std::string& suffix) : suffix_(suffix) {}
  void text(std::string_view chunk) override { token_ += chunk; }
  void end() override {
    if (held_) emit(" ");
    held_ = std::move(token_);
    token_.clear();
  }
  void finish() override {
    if (held_) emit("");
    next_->finish();
  }

 private:
  void emit(std::string_view with) {
    next_->text(replace_all(*held_, suffix_, with));
    next_->end();
  }
  const std::string& suffix_;
  std::string token_;
  std::optional<std::string> held_;
};

class BpeSuffixDecoder final : public Decoder {
 public:
  explicit BpeSuffixDecoder(std::string suffix) : suffix_(std::move(suffix)) {}
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<BpeSuffixStage>(suffix_); }
  std::string middle(std::string token, bool) const override { return replace_all(token, suffix_, " "); }

 private:
  std::string suffix_;
};

}  // namespace

std::unique_ptr<const Decoder> make_word_piece_decoder(std::string prefix, bool clean_up) {
  return std::make_unique<WordPieceDecoder>(std::move(prefix), clean_up);
}
std::unique_ptr<const Decoder> make_metaspace_decoder(std::string replacement, bool drop_first) {
  return std::make_unique<MetaspaceDecoder>(std::move(replacement), drop_first);
}
std::unique_ptr<const Decoder> make_bpe_suffix_decoder(std::string suffix) {
  return std::make_unique<BpeSuffixDecoder>(std::move(suffix));
}

}  // namespace hearth
