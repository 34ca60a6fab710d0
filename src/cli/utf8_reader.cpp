#include "cli/utf8_reader.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/unicode.h"

namespace hearth::cli {

Utf8Reader::Read Utf8Reader::next() {
  while (true) {
    const std::string_view text(bytes_, static_cast<std::size_t>(size_));
    if (size_ > 0 && (size_ == sizeof(bytes_) || incomplete_utf8_suffix(text) != text.size())) {
      const CodePoint c = decode_utf8(text, 0);
      size_ -= static_cast<int>(c.length);
      std::memmove(bytes_, bytes_ + c.length, static_cast<std::size_t>(size_));
      return {kCharacter, c.value};
    }
    const ssize_t n = ::read(STDIN_FILENO, bytes_ + size_, 1);
    if (n < 0 && errno == EINTR) return {kSignal};
    if (n <= 0) return {kEnd};
    ++size_;
  }
}

}  // namespace hearth::cli
