#include "server/api/ollama/go_template_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_blank(char c) { return kBlank.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// The inside of one action.
class ActionLexer {
 public:
  ActionLexer(std::string_view text, int line) : text_(text), line_(line) {}

  std::vector<GoToken> run() {
    std::vector<GoToken> tokens;
    for (;;) {
      const std::size_t before = at_;
      while (at_ < text_.size() && is_blank(text_[at_])) {
        if (text_[at_] == '\n') ++line_;
        ++at_;
      }
      if (at_ == text_.size()) return tokens;
      GoToken token = next();
      token.is_attached = before == token_begin_ && !tokens.empty();
      tokens.push_back(std::move(token));
    }
  }

 private:
  GoToken next() {
    token_begin_ = at_;
    const char c = text_[at_];
    if (c == '"') return quoted();
    if (c == '`') return raw();
    if (c == '.') return field();
    if (c == '$') return variable();
    if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    if (is_letter(c)) return {GoToken::kWord, take_name()};
    if (text_.substr(at_).starts_with(":=")) return mark(2);
    if (std::string_view("=|,()").find(c) != std::string_view::npos) return mark(1);
    fail_go_template(line_, fmt::format("{} is not understood", quote(text_.substr(at_, 10))));
  }

  GoToken mark(std::size_t length) {
    at_ += length;
    return {GoToken::kMark, std::string(text_.substr(at_ - length, length))};
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// A chain of names, or the point alone.
  GoToken field() {
    std::string chain;
    while (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (at_ == text_.size() || !is_letter(text_[at_])) {
        if (!chain.empty()) fail_go_template(line_, "a name is missing behind a point");
        return {GoToken::kField, "."};
      }
      chain += '.' + take_name();
    }
    return {GoToken::kField, std::move(chain)};
  }

  GoToken variable() {
    ++at_;
    return {GoToken::kVariable, "$" + take_name()};
  }

  GoToken number() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    return {GoToken::kNumber, std::string(text_.substr(begin, at_ - begin))};
  }

  GoToken raw() {
    const std::size_t end = text_.find('`', at_ + 1);
    GoToken token{GoToken::kString, std::string(text_.substr(at_ + 1, end - at_ - 1))};
    at_ = end + 1;
    return token;
  }

  GoToken quoted() {
    std::string out;
    for (++at_; peek() != '"'; ++at_) {
      if (text_[at_] == '\n') fail_go_template(line_, "a line ends inside quotes");
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      ++at_;
      escape(out);
    }
    ++at_;
    return {GoToken::kString, std::move(out)};
  }

  /// REQUIRES: the quotes are closed, as action_end() made sure; checked all the same.
  char peek() const {
    if (at_ >= text_.size()) fail_go_template(line_, "quotes are not closed");
    return text_[at_];
  }

  /// Of Go's escapes those that templates use.
  void escape(std::string& out) {
    switch (peek()) {
      case 'n': out += '\n'; return;
      case 't': out += '\t'; return;
      case 'r': out += '\r'; return;
      case '"':
      case '\\': out += text_[at_]; return;
      case 'u': return code_point(out, 4);
      case 'U': return code_point(out, 8);
      default: fail_go_template(line_, fmt::format("the escape {} is not known", quote(text_.substr(at_ - 1, 2))));
    }
  }

  void code_point(std::string& out, std::size_t digits) {
    char32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = ++at_ < text_.size() ? text_[at_] : '"';
      const std::size_t value = std::string_view("0123456789abcdefABCDEF").find(c);
      if (value == std::string_view::npos) fail_go_template(line_, "an escape \\u has too few digits");
      code = code * 16 + static_cast<char32_t>(value < 16 ? value : value - 6);
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      fail_go_template(line_, "an escape \\u names no character");
    append_utf8(out, code);
  }

  std::string_view text_;
  std::size_t at_ = 0, token_begin_ = 0;
  int line_;
};

/// Where the action that begins at `begin` (behind "{{") ends: at its "}}", which is not one inside quotes.
std::size_t action_end(std::string_view source, std::size_t begin, int line) {
  for (std::size_t at = begin; at < source.size(); ++at) {
    const char c = source[at];
    if (source.substr(at).starts_with("}}")) return at;
    if (c == '`') {
      at = source.find('`', at + 1);
    } else if (c == '"') {
      for (++at; at < source.size() && source[at] != '"'; ++at) {
        if (source[at] == '\\') ++at;
      }
    }
    if (at == std::string_view::npos || at >= source.size()) break;
  }
  fail_go_template(line, "an action is not closed by }}");
}

void trim_end(std::string& text) {
  const std::size_t last = text.find_last_not_of(kBlank);
  text.resize(last == std::string::npos ? 0 : last + 1);
}

}  // namespace

void fail_go_template(int line, const std::string& problem) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("line {}: {}", line, problem));
}

std::vector<GoPiece> split_go_template(std::string_view source) {
  if (!is_valid_utf8(source)) fail_go_template(1, "the template is not UTF-8");
  std::vector<GoPiece> pieces;
  std::size_t at = 0;
  int line = 1;
  bool trim_begin = false;
  const auto count_lines = [&](std::size_t from, std::size_t to) {
    line += static_cast<int>(std::count(source.begin() + static_cast<std::ptrdiff_t>(from),
                                        source.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
  };
  for (;;) {
    const std::size_t open = std::min(source.find("{{", at), source.size());
    std::string text(source.substr(at, open - at));
    if (trim_begin) text.erase(0, std::min(text.find_first_not_of(kBlank), text.size()));
    const bool is_last = open == source.size();
    std::size_t begin = open + 2;
    const bool trims_before =
        !is_last && begin + 1 < source.size() && source[begin] == '-' && is_blank(source[begin + 1]);
    if (trims_before) {
      trim_end(text);
      ++begin;
    }
    if (!text.empty()) pieces.push_back({false, std::move(text), {}, line});
    if (is_last) return pieces;
    count_lines(at, open);
    const std::size_t inside = std::min(source.find_first_not_of(kBlank, begin), source.size());
    std::size_t end = 0;
    if (source.substr(inside).starts_with("/*")) {
      const std::size_t comment_end = source.find("*/", inside + 2);
      if (comment_end == std::string_view::npos) fail_go_template(line, "a comment is not closed by */");
      end = source.find("}}", comment_end);
      if (end == std::string_view::npos) fail_go_template(line, "an action is not closed by }}");
      trim_begin = source[end - 1] == '-';
    } else {
      end = action_end(source, begin, line);
      trim_begin = end >= begin + 2 && source[end - 1] == '-' && is_blank(source[end - 2]);
      GoPiece piece{true, {}, {}, line};
      piece.tokens = ActionLexer(source.substr(begin, end - begin - (trim_begin ? 1 : 0)), line).run();
      if (piece.tokens.empty()) fail_go_template(line, "an action is empty");
      pieces.push_back(std::move(piece));
    }
    count_lines(open, end);
    at = end + 2;
  }
}

}  // namespace hearth
