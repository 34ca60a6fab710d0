// Follows one answer through a grammar, token by token: which tokens may come next, which text is certain, and whether
// the answer may end. Cheap to copy, for speculation.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/machine.h"
#include "grammar/token_vocabulary.h"

namespace hearth {

/// Thread-safe: no; a copy shares parts with the original and belongs to the same thread.
class Matcher {
 public:
  Matcher(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenVocabulary> vocabulary);

  /// Tokens that may come next. Good until the next call of accept(). Errors: kUnsupported when the grammar is too
  /// ambiguous.
  const TokenMask& allowed();
  /// The answer is complete as it stands.
  bool may_end() const { return set_.complete; }
  /// Nothing may follow: it must end.
  bool must_end() const { return set_.threads.empty(); }
  /// Takes a token, or leaves everything as it was and returns false when it is not allowed.
  bool accept(TokenId id);
  bool accept_text(std::string_view bytes);
  /// The bytes that must come next because nothing else is allowed, at most `most`.
  std::string forced_text(std::size_t most = 256);
  /// Tokens that write forced_text(), longest first, up to where a longer token could write more. May be empty.
  std::vector<TokenId> forced_tokens();

  const TokenVocabulary& vocabulary() const { return *vocabulary_; }

 private:
  std::shared_ptr<const Grammar> grammar_;
  std::shared_ptr<const TokenVocabulary> vocabulary_;
  Machine machine_;
  ThreadSet set_;
  TokenMask mask_;
  bool mask_is_current_ = false;
  ThreadSet mask_of_;  ///< what mask_ was made for: in the middle of a string it stays the same
};

}  // namespace hearth
