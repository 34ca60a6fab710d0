// Patterns of tokenizer files: plain strings, or regular expressions as Oniguruma reads them (what Hugging Face
// tokenizers uses), run by PCRE2 with limits.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace hearth {

/// Immutable; any number of threads may match at once.
class Pattern {
 public:
  /// Matches `text` literally.
  static Pattern literal(std::string text);
  /// Errors: kCorruptData naming `where` when it is not a valid expression.
  static Pattern regex(std::string_view expression, const std::string& where);
  /// From {"String": …} or {"Regex": …}. Errors: kCorruptData naming `where`.
  static Pattern from_json(const json::value& value, const std::string& where);

  using Found = std::function<void(std::size_t begin, std::size_t end)>;
  /// Calls `found` for the matches from left to right; they do not overlap, and an empty one never stands at the end of
  /// the one before. Bytes that are not valid UTF-8 match nothing. Time is linear in the text for the expressions that
  /// tokenizers use; one that backtracks without end is cut at a window instead of failing.
  void each_match(std::string_view text, const Found& found) const;

  /// What literal() was given, or nothing for an expression.
  std::optional<std::string_view> literal_text() const {
    if (program_ != nullptr) return std::nullopt;
    return literal_;
  }

  class Program;

 private:
  std::string literal_;
  std::shared_ptr<const Program> program_;
};

}  // namespace hearth
