// A tokenizer for tests of what only asks for the text of tokens: token i is words[i]. It encodes greedily, longest
// word first.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace hearth::testing {

class WordTokenizer : public Tokenizer {
 public:
  explicit WordTokenizer(std::vector<std::string> words) : words_(std::move(words)) {}
  /// The words "<0>", "<1>" … for tests in which only ids matter.
  static WordTokenizer numbered(std::int64_t n_vocab) {
    std::vector<std::string> words;
    for (std::int64_t i = 0; i < n_vocab; ++i) words.push_back("<" + std::to_string(i) + ">");
    return WordTokenizer(std::move(words));
  }

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& /*options*/) const override {
    std::vector<TokenId> ids;
    while (!text.empty()) {
      std::size_t best = words_.size();
      for (std::size_t i = 0; i < words_.size(); ++i) {
        const bool fits = !words_[i].empty() && text.starts_with(words_[i]);
        if (fits && (best == words_.size() || words_[i].size() > words_[best].size())) best = i;
      }
      if (best < words_.size()) ids.push_back(static_cast<TokenId>(best));
      text.remove_prefix(best < words_.size() ? words_[best].size() : 1);
    }
    return ids;
  }
  std::string decode(std::span<const TokenId> ids, bool /*skip_special*/) const override {
    std::string text;
    for (const TokenId id : ids) text += token_bytes(id);
    return text;
  }
  std::string token_bytes(TokenId id) const override { return words_.at(static_cast<std::size_t>(id)); }
  bool strips_leading_space() const override { return false; }
  std::int64_t vocab_size() const override { return static_cast<std::int64_t>(words_.size()); }
  std::string_view token_text(TokenId id) const override { return words_.at(static_cast<std::size_t>(id)); }
  std::optional<TokenId> find(std::string_view text) const override {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] == text) return static_cast<TokenId>(i);
    }
    return std::nullopt;
  }
  bool is_special(TokenId /*id*/) const override { return false; }
  std::optional<TokenId> bos() const override { return std::nullopt; }
  std::optional<TokenId> eos() const override { return std::nullopt; }
  std::string_view kind() const override { return "words"; }

 private:
  std::vector<std::string> words_;
};

}  // namespace hearth::testing
