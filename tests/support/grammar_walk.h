// Random answers through a grammar: tokens chosen among those that are allowed, so that a walk ends sooner or later.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/matcher.h"
#include "grammar/token_vocabulary.h"
#include "support/random_schema.h"

namespace hearth::testing {

/// 256 single bytes, then `n` random tokens of what JSON is written with: quotes, commas and colons together, pieces of
/// escapes and of characters, names.
std::vector<std::string> random_json_tokens(Random& random, std::size_t n);

/// The tokens of a mask.
std::vector<TokenId> tokens_of(const TokenMask& mask);

/// The names that a schema speaks of, as they are written between quotes; those that are required more often.
std::vector<std::string> names_in(std::string_view schema);

/// Chooses tokens and knows, from the text so far, whether it stands in a string or a key.
class Walker {
 public:
  /// `names`: keys that may be asked for.
  explicit Walker(Random& random, std::vector<std::string> names = {}) : random_(&random), names_(std::move(names)) {}
  /// One of `allowed` (not empty), each as likely as the others.
  TokenId any(const std::vector<TokenId>& allowed) { return random_->pick(allowed); }
  /// One of `allowed` that brings the end nearer: it closes strings, objects and arrays.
  TokenId closing(Matcher& matcher, const std::vector<TokenId>& allowed);
  void took(std::string_view bytes);
  const std::string& text() const { return text_; }

 private:
  TokenId begins_with(const TokenVocabulary& vocabulary, const TokenMask& mask, char byte) const;
  /// The next byte of a key: of one of the names that are allowed, or '"'.
  char next_of_a_name(const Matcher& matcher);

  Random* random_;
  std::vector<std::string> names_;
  std::string text_;
  std::string name_;        ///< the key that is being written
  std::string open_;        ///< the brackets that are open
  std::size_t string_ = 0;  ///< where the string began
  bool in_string_ = false, escaped_ = false, is_key_ = false, key_is_next_ = false;
};

struct WalkLength {
  std::size_t free = 40;     ///< tokens that are chosen freely
  std::size_t most = 4'000;  ///< tokens after which a walk is given up
};
/// Follows `matcher` to an end that it allows; the text, or nothing when it was given up. `choose(mask, allowed)` takes
/// the free tokens. A state without tokens that is no end throws std::logic_error with the text so far.
template <typename Choose>
bool walk_to_end(Matcher& matcher, Walker& walker, Random& random, const WalkLength& length, const Choose& choose) {
  for (std::size_t n = 0; n < length.most; ++n) {
    const TokenMask& mask = matcher.allowed();
    const std::vector<TokenId> allowed = tokens_of(mask);
    const bool free = n < length.free;
    if (matcher.may_end() && (allowed.empty() || !free || random.chance(0.2))) return true;
    if (allowed.empty()) throw std::logic_error("a dead end behind " + walker.text());
    const TokenId id = free ? choose(mask, allowed) : walker.closing(matcher, allowed);
    if (!matcher.accept(id)) throw std::logic_error("an allowed token is refused behind " + walker.text());
    walker.took(matcher.vocabulary().token_bytes(id));
  }
  return false;
}

}  // namespace hearth::testing
