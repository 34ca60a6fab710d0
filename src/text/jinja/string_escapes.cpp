#include <fmt/format.h>

#include "base/unicode.h"
#include "text/jinja/lexer.h"

namespace hearth::jinja {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Unescaper {
 public:
  Unescaper(std::string_view text, int line) : text_(text), line_(line) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] != '\\') {
        out_.push_back(text_[at_++]);
      } else {
        ++at_;
        escape();
      }
    }
    return std::move(out_);
  }

 private:
  void escape() {
    if (at_ >= text_.size()) throw SyntaxError{line_, "\\ at the end of a string"};
    const char c = text_[at_];
    constexpr std::string_view kLetters = "abfnrtv\\'\"";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";
    if (const std::size_t which = kLetters.find(c); which != std::string_view::npos) {
      out_.push_back(kMeanings[which]);
      ++at_;
    } else if (c == '\n') {
      ++at_;  // a line that goes on
    } else if (c >= '0' && c <= '7') {
      octal();
    } else if (c == 'x' || c == 'u' || c == 'U') {
      ++at_;
      hexadecimal(c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else if (c == 'N') {
      throw SyntaxError{line_, "characters by name (\\N{…}) are not supported; write the character itself"};
    } else if (static_cast<unsigned char>(c) < 0x80) {
      out_.push_back('\\');
    } else {
      // Jinja writes such a character as an escape before it reads the escapes, so the two backslashes become one.
      const CodePoint point = decode_utf8(text_, at_);
      const auto number = static_cast<std::uint32_t>(point.value);
      out_ += number < 0x100     ? fmt::format("\\x{:02x}", number)
              : number < 0x10000 ? fmt::format("\\u{:04x}", number)
                                 : fmt::format("\\U{:08x}", number);
      at_ += point.length;
    }
  }

  void octal() {
    char32_t value = 0;
    for (int digits = 0; digits < 3 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++digits, ++at_) {
      value = value * 8 + static_cast<char32_t>(text_[at_] - '0');
    }
    append_utf8(out_, value);
  }

  void hexadecimal(int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const int digit = at_ < text_.size() ? hex_digit(text_[at_]) : -1;
      if (digit < 0) throw SyntaxError{line_, "truncated \\x, \\u or \\U escape in a string"};
      value = value * 16 + static_cast<char32_t>(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      throw SyntaxError{line_, "an escape in a string is not a character"};
    append_utf8(out_, value);
  }

  std::string_view text_;
  int line_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string unescape(std::string_view text, int line) { return Unescaper(text, line).run(); }

}  // namespace hearth::jinja
