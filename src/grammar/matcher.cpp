#include "grammar/matcher.h"

#include <algorithm>

#include "grammar/token_masks.h"

namespace hearth {

Matcher::Matcher(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenVocabulary> vocabulary)
    : grammar_(std::move(grammar)),
      vocabulary_(std::move(vocabulary)),
      machine_(grammar_->graph()),
      set_(machine_.start()) {}

const TokenMask& Matcher::allowed() {
  if (mask_is_current_) return mask_;
  if (mask_.empty() || !(mask_of_ == set_)) {
    mask_.assign(vocabulary_->mask_words(), 0);
    mask_of_.clear();
    allowed_tokens(machine_, set_, *vocabulary_, mask_);
    mask_of_ = set_;
  }
  mask_is_current_ = true;
  return mask_;
}

bool Matcher::accept(TokenId id) {
  const std::string_view bytes = vocabulary_->token_bytes(id);
  return !bytes.empty() && accept_text(bytes);
}

bool Matcher::accept_text(std::string_view bytes) {
  const std::size_t history = machine_.history().size();
  ThreadSet at = set_, next;
  try {
    for (const char byte : bytes) {
      machine_.step(at, static_cast<std::uint8_t>(byte), next);
      std::swap(at, next);
      if (at.empty()) {
        machine_.history().resize(history);
        return false;
      }
    }
  } catch (...) {
    machine_.history().resize(history);
    throw;
  }
  set_ = std::move(at);
  mask_is_current_ = false;
  return true;
}

std::string Matcher::forced_text(std::size_t most) {
  const std::size_t history = machine_.history().size();
  ThreadSet at = set_, next;
  std::string text;
  while (text.size() < most && !at.complete) {
    const ByteSet bytes = machine_.next_bytes(at);
    if (bytes.count() != 1) break;
    const auto byte = static_cast<std::uint8_t>(bytes._Find_first());
    machine_.step(at, byte, next);
    std::swap(at, next);
    text += static_cast<char>(byte);
  }
  machine_.history().resize(history);
  return text;
}

std::vector<TokenId> Matcher::forced_tokens() {
  const std::string text = forced_text();
  const TokenTrie& trie = vocabulary_->trie();
  const auto& nodes = trie.nodes();
  std::vector<TokenId> tokens;
  for (std::size_t begin = 0; begin < text.size();) {
    std::uint32_t node = 0, longest = 0;
    bool open = false;  // a longer token begins with all the text that is left
    for (std::size_t i = begin;; ++i) {
      if (i == text.size()) {
        open = trie.has_children(node);
        break;
      }
      std::uint32_t child = node + 1;
      while (child < nodes[node].end && nodes[child].byte != static_cast<std::uint8_t>(text[i]))
        child = nodes[child].end;
      if (child >= nodes[node].end) break;
      node = child;
      if (!trie.tokens_at(node).empty()) longest = node;
    }
    if (open || longest == 0) break;
    tokens.push_back(trie.tokens_at(longest)[0]);
    begin += nodes[longest].depth;
  }
  return tokens;
}

}  // namespace hearth
