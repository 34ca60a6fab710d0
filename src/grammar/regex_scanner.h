// The characters of a pattern, and the errors that name a place in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {

class RegexScanner {
 public:
  /// Errors: kInvalidArgument when the pattern is not UTF-8.
  RegexScanner(std::string_view pattern, std::string_view what) : pattern_(pattern), what_(what) {
    if (!is_valid_utf8(pattern)) fail_syntax(0, "it is not valid UTF-8");
  }

  std::size_t offset() const { return offset_; }
  bool at_end() const { return offset_ == pattern_.size(); }
  /// The byte `ahead` of the next one, or NUL beyond the end.
  char peek(std::size_t ahead = 0) const {
    return ahead < pattern_.size() - offset_ ? pattern_[offset_ + ahead] : '\0';
  }
  bool next_is(std::string_view text) const { return pattern_.substr(offset_).starts_with(text); }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    offset_ += text.size();
    return true;
  }
  void skip(std::size_t n_bytes) { offset_ += n_bytes; }
  void rewind(std::size_t offset) { offset_ = offset; }
  /// REQUIRES: !at_end()
  char32_t take_character() {
    const CodePoint next = decode_utf8(pattern_, offset_);
    offset_ += next.length;
    return next.value;
  }
  /// What stands before the next `end`, which is taken too; nothing, and nothing is taken, when there is none.
  std::optional<std::string_view> take_until(char end) {
    const std::size_t found = pattern_.find(end, offset_);
    if (found == std::string_view::npos) return std::nullopt;
    const std::string_view text = pattern_.substr(offset_, found - offset_);
    offset_ = found + 1;
    return text;
  }
  std::string_view since(std::size_t begin) const { return pattern_.substr(begin, offset_ - begin); }

  [[noreturn]] void fail_syntax(std::size_t at, const std::string& problem) const {
    throw Error(ErrorCode::kInvalidArgument, place(at) + problem, "write it as ECMA-262 does (JavaScript's syntax)");
  }
  [[noreturn]] void refuse(std::size_t at, const std::string& feature) const {
    throw Error(ErrorCode::kUnsupported, place(at) + feature + " is not supported", "write the expression without it");
  }

 private:
  std::string place(std::size_t at) const {
    return std::string(what_) + " " + quote(pattern_) + ", byte " + std::to_string(at) + ": ";
  }

  std::string_view pattern_;
  std::string_view what_;
  std::size_t offset_ = 0;
};

}  // namespace hearth
