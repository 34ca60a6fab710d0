#include "grammar/token_vocabulary.h"

#include <algorithm>
#include <functional>

#include "grammar/string_state.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

constexpr std::size_t kMostKeptBytes = std::size_t{64} << 20;

std::vector<std::string> bytes_of(const Tokenizer& tokenizer) {
  std::vector<std::string> bytes(static_cast<std::size_t>(tokenizer.vocab_size()));
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (!tokenizer.is_special(id)) bytes[static_cast<std::size_t>(id)] = tokenizer.token_bytes(id);
  }
  return bytes;
}

std::vector<TokenTrie::Entry> entries_of(const std::vector<std::string>& bytes) {
  std::vector<TokenTrie::Entry> entries;
  entries.reserve(bytes.size());
  for (std::size_t id = 0; id < bytes.size(); ++id) entries.emplace_back(bytes[id], static_cast<TokenId>(id));
  return entries;
}

}  // namespace

void LexemeMask::add_to(TokenMask& mask) const {
  for (std::size_t i = 0; i < inside.size(); ++i) mask[i] |= inside[i];
  for (const TokenId id : few) allow(mask, id);
}

std::size_t LexemeMask::bytes() const {
  std::size_t n = sizeof(LexemeMask) + inside.size() * sizeof(std::uint64_t) + few.size() * sizeof(TokenId) +
                  (beyond == nullptr ? 0 : beyond->bytes());
  for (const Ending& ending : endings) {
    n += sizeof(Ending) + (ending.exactly.size() + ending.several.size()) * sizeof(TokenId) +
         (ending.beyond == nullptr ? 0 : ending.beyond->bytes());
  }
  return n;
}

TokenVocabulary::TokenVocabulary(const Tokenizer& tokenizer, std::int64_t n_vocab)
    : n_vocab_(std::max(n_vocab, tokenizer.vocab_size())),
      bytes_(bytes_of(tokenizer)),
      trie_(entries_of(bytes_)),
      groups_from_(hearth::groups_from(trie_)) {
  make_text_masks();
}

TokenVocabulary::TokenVocabulary(const std::vector<std::string>& tokens)
    : n_vocab_(static_cast<std::int64_t>(tokens.size())),
      bytes_(tokens),
      trie_(entries_of(bytes_)),
      groups_from_(hearth::groups_from(trie_)) {
  make_text_masks();
}

std::string_view TokenVocabulary::token_bytes(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  return id >= 0 && index < bytes_.size() ? std::string_view(bytes_[index]) : std::string_view();
}

/// One pass over the tokens, each through the string reader and UTF-8.
void TokenVocabulary::make_text_masks() {
  const Dfa& text = *any_text();
  text_.inside.assign(mask_words(), 0);
  std::vector<std::vector<TokenId>> lengths;
  std::vector<std::vector<TokenTrie::Entry>> beyond;
  std::vector<TokenTrie::Entry> beyond_any;
  const auto at = [](auto& lists, std::size_t length) -> auto& {
    if (lists.size() <= length) lists.resize(length + 1);
    return lists[length];
  };
  for (std::size_t id = 0; id < bytes_.size(); ++id) {
    const std::string& bytes = bytes_[id];
    StringState state{StringState::kBody};
    Dfa::State q = text.start();
    std::size_t length = 0, used = 0;
    bool wrong = bytes.empty();
    while (used < bytes.size() && !wrong && state.phase != StringState::kClosed) {
      const auto byte = static_cast<std::uint8_t>(bytes[used++]);
      const bool between = state.phase == StringState::kBody && text.accepts(q);
      std::uint32_t code_point = 0;
      switch (step_string(state, byte, code_point)) {
        case StringEvent::kWrong: wrong = true; break;
        case StringEvent::kByte:
          if (between) ++length;
          q = text.step(q, byte);
          wrong = q == Dfa::kDead;
          break;
        case StringEvent::kNothing:
          if (state.phase == StringState::kEscape) {
            wrong = !between;
            ++length;
          }
          break;
        case StringEvent::kClose: wrong = !between; break;
        case StringEvent::kCodePoint: break;
      }
    }
    if (wrong) continue;
    const auto token = static_cast<TokenId>(id);
    if (state.phase != StringState::kClosed) {
      at(lengths, length).push_back(token);
      allow(text_.inside, token);
    } else if (used == bytes.size()) {
      at(text_.closing, length).push_back(token);
      allow(text_.inside, token);
    } else if (std::count(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end(), '"') > 1) {
      text_.several.push_back(token);
    } else {
      at(beyond, length).emplace_back(bytes.substr(used), token);
      beyond_any.emplace_back(bytes.substr(used), token);
    }
  }
  for (const auto& tokens : lengths) {
    text_.first_of_length.push_back(static_cast<std::uint32_t>(text_.by_length.size()));
    text_.by_length.insert(text_.by_length.end(), tokens.begin(), tokens.end());
  }
  text_.first_of_length.push_back(static_cast<std::uint32_t>(text_.by_length.size()));
  for (auto& entries : beyond) text_.beyond.push_back(std::make_unique<const TokenTrie>(std::move(entries)));
  text_.beyond_any = std::make_unique<const TokenTrie>(std::move(beyond_any));
}

std::size_t TokenVocabulary::KeyHash::operator()(const Key& key) const {
  std::size_t hash = std::hash<const void*>()(key.automaton);
  const auto mix = [&hash](std::size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL; };
  mix(key.state);
  mix(key.string);
  mix(key.plain_spelling ? 1 : 0);
  mix(std::hash<std::bitset<256>>()(key.follow));
  return hash ^ hash >> 32;
}

std::shared_ptr<const LexemeMask> TokenVocabulary::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : found->second.mask;
}

void TokenVocabulary::keep(const Key& key, std::shared_ptr<const void> automaton,
                           std::shared_ptr<const LexemeMask> mask) const {
  const std::lock_guard lock(mutex_);
  const std::size_t more = mask->bytes() + sizeof(Key) + sizeof(Kept);
  if (kept_bytes_ + more > kMostKeptBytes) {
    kept_.clear();
    kept_bytes_ = 0;
  }
  if (kept_.try_emplace(key, Kept{std::move(automaton), std::move(mask)}).second) kept_bytes_ += more;
}

}  // namespace hearth
