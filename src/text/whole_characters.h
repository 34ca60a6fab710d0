// Bytes that come bit by bit, given on as whole UTF-8 characters.
#pragma once

#include <string>
#include <string_view>

#include "base/unicode.h"

namespace hearth {

class WholeCharacters {
 public:
  /// Appends to `out` all of the bytes so far but the beginning of a character that is not complete; invalid ones as
  /// U+FFFD.
  void push(std::string_view bytes, std::string& out) {
    pending_ += bytes;
    const std::size_t complete = pending_.size() - incomplete_utf8_suffix(pending_);
    out += replace_invalid_utf8(std::string_view(pending_).substr(0, complete));
    pending_.erase(0, complete);
  }
  void finish(std::string& out) {
    out += replace_invalid_utf8(pending_);
    pending_.clear();
  }

 private:
  std::string pending_;
};

}  // namespace hearth
