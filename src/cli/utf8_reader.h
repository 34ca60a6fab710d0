// Characters from standard input, decoded as UTF-8 whatever the locale, one at a time and without reading ahead.
#pragma once

namespace hearth::cli {

class Utf8Reader {
 public:
  enum Kind { kCharacter, kEnd, kSignal };
  struct Read {
    Kind kind;
    char32_t character = 0;  ///< U+FFFD for bytes that are no UTF-8
  };
  /// kSignal: a signal came while waiting; what was read of a character is kept.
  Read next();

 private:
  char bytes_[4] = {};
  int size_ = 0;
};

}  // namespace hearth::cli
