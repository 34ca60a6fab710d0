// Masks of automata: one walk over a vocabulary from a state of a lexeme, string or key, whatever stands around it.
// What goes on behind the leaf is collected for whoever knows what follows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grammar/machine.h"
#include "grammar/token_vocabulary.h"

namespace hearth {

class LexemeMaskMaker {
 public:
  LexemeMaskMaker(const Machine& machine, const TokenVocabulary& vocabulary)
      : machine_(machine), vocabulary_(vocabulary), trie_(vocabulary.trie()) {}

  /// From the state of `thread` in `dfa`: its lexeme, or a string in quotes whose text is of `dfa`.
  std::shared_ptr<const LexemeMask> of_lexeme(const Thread& thread, const Dfa& dfa,
                                              const TokenVocabulary::Key& key) const;
  /// From the state of `thread` between two characters of a key, as if there were only keys of classes.
  std::shared_ptr<const LexemeMask> of_keys(const Thread& thread, const KeyAutomaton& keys) const;

 private:
  void shorten(LexemeMask& mask) const;
  void collect_beyond(std::uint32_t node, const ByteSet& follow, std::vector<TokenTrie::Entry>& out) const;
  void collect_endings(std::uint32_t node, std::vector<TokenTrie::Entry>& beyond, std::vector<TokenId>& several) const;

  const Machine& machine_;
  const TokenVocabulary& vocabulary_;
  const TokenTrie& trie_;
};

}  // namespace hearth
