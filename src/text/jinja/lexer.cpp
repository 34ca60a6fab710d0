#include "text/jinja/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/unicode.h"
#include "text/jinja/numbers.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Line breaks as \n, and one of them at the very end dropped.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out.push_back(source[i]);
      continue;
    }
    out.push_back('\n');
    if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(normalized(source)), view_(text_) {}

  std::vector<Token> run() {
    while (at_ < view_.size()) data_and_tag();
    push(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  void push(TokenKind kind, std::string text) { tokens_.push_back({kind, line_, std::move(text)}); }
  [[noreturn]] void fail(std::string what) const { throw SyntaxError{line_, std::move(what)}; }

  std::string_view rest() const { return view_.substr(at_); }

  /// Goes on to `end`, counting lines.
  void advance(std::size_t end) {
    line_ += static_cast<int>(std::count(view_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         view_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  std::size_t after_space(std::size_t from) const { return from + trim_space(view_.substr(from), true, false).first; }

  /// Where the next "{{", "{%" or "{#" stands.
  std::size_t find_tag(std::size_t from) const {
    for (std::size_t i = view_.find('{', from); i != std::string_view::npos && i + 1 < view_.size();
         i = view_.find('{', i + 1)) {
      if (view_[i + 1] == '{' || view_[i + 1] == '%' || view_[i + 1] == '#') return i;
    }
    return std::string_view::npos;
  }

  char sign_at(std::size_t at) const {
    return at < view_.size() && (view_[at] == '-' || view_[at] == '+') ? view_[at] : 0;
  }

  /// Emits view_[at_, end) as data, stripped as the tag at `end` asks; leaves at_ at `end`.
  void data_before(std::size_t end, char sign, bool variable) {
    std::string_view data = view_.substr(at_, end - at_);
    if (sign == '-') {
      data = data.substr(0, trim_space(data, false, true).second);
    } else if (sign != '+' && !variable) {
      const std::size_t line_begin = data.rfind('\n') + 1;  // npos + 1 is 0
      if ((line_begin > 0 || line_starting_) &&
          trim_space(data.substr(line_begin), true, false).first == data.size() - line_begin) {
        data = data.substr(0, line_begin);
      }
    }
    if (!data.empty()) push(TokenKind::kData, std::string(data));
    advance(end);
  }

  /// The text after a "#}" or "%}" (2 bytes at `at`) as trim_blocks and a '-' before it have it.
  void close_tag(std::size_t at, char sign) {
    std::size_t end = at + 2;
    if (sign == '-') {
      end = after_space(end);
    } else if (sign != '+' && end < view_.size() && view_[end] == '\n') {
      ++end;
    }
    advance(end);
    line_starting_ = view_[end - 1] == '\n';
  }

  void data_and_tag() {
    const std::size_t tag = find_tag(at_);
    if (tag == std::string_view::npos) {
      push(TokenKind::kData, std::string(rest()));
      return advance(view_.size());
    }
    const char sign = sign_at(tag + 2);
    const char kind = view_[tag + 1];
    data_before(tag, sign, kind == '{');
    if (kind == '%') {
      if (const auto body = raw_body(tag)) return raw(*body);
    }
    const std::size_t inside = tag + 2 + (sign != 0 ? 1 : 0);
    if (kind == '#') return comment(inside);
    push(kind == '%' ? TokenKind::kBlockBegin : TokenKind::kVariableBegin, "");
    advance(inside);
    tag_body(kind == '%' ? '%' : '}');
  }

  void comment(std::size_t inside) {
    if (inside >= view_.size()) return advance(view_.size());  // Jinja forgives this one
    const std::size_t end = view_.find("#}", inside);
    if (end == std::string_view::npos) fail("Missing end of comment tag");
    close_tag(end, end > inside ? sign_at(end - 1) : char{0});
  }

  /// Where the text of a {% raw %} begins whose tag stands at `tag`.
  std::optional<std::size_t> raw_body(std::size_t tag) const {
    std::size_t at = tag + 2;
    if (sign_at(at) != 0) ++at;
    at = after_space(at);
    if (!view_.substr(at).starts_with("raw")) return std::nullopt;
    at = after_space(at + 3);
    if (view_.substr(at).starts_with("-%}")) return after_space(at + 3);
    if (view_.substr(at).starts_with("%}")) return at + 2;
    return std::nullopt;
  }

  void raw(std::size_t body) {
    advance(body);
    line_starting_ = view_[body - 1] == '\n';
    for (std::size_t tag = view_.find("{%", at_); tag != std::string_view::npos; tag = view_.find("{%", tag + 2)) {
      const char sign = sign_at(tag + 2);
      std::size_t at = after_space(tag + 2 + (sign != 0 ? 1 : 0));
      if (!view_.substr(at).starts_with("endraw")) continue;
      at = after_space(at + 6);
      const char end_sign = sign_at(at);
      if (end_sign != 0) ++at;
      if (!view_.substr(at).starts_with("%}")) continue;
      data_before(tag, sign, false);
      return close_tag(at, end_sign);
    }
    fail("Missing end of raw directive");
  }

  /// The tokens up to "%}" or "}}".
  void tag_body(char closer) {
    std::string open;  // the brackets to be closed
    while (true) {
      advance(after_space(at_));
      if (at_ >= view_.size()) return;  // the parser says what is missing
      if (open.empty() && end_of_tag(closer)) return;
      const char c = view_[at_];
      if (is_digit(c))
        number();
      else if (c == '"' || c == '\'')
        string();
      else if (name())
        continue;
      else
        operation(open);
    }
  }

  bool end_of_tag(char closer) {
    const char sign = sign_at(at_);
    if (closer == '}' && sign == '+') return false;
    const std::size_t at = at_ + (sign != 0 ? 1 : 0);
    if (at + 1 >= view_.size() || view_[at] != closer || view_[at + 1] != '}') return false;
    push(closer == '%' ? TokenKind::kBlockEnd : TokenKind::kVariableEnd, "");
    if (closer == '%') {
      close_tag(at, sign);
    } else {
      advance(sign == '-' ? after_space(at + 2) : at + 2);
      line_starting_ = view_[at_ - 1] == '\n';
    }
    return true;
  }

  /// Digits with single underscores between them, from `from`; where they end.
  std::size_t digits(std::size_t from) const {
    std::size_t end = from;
    while (end < view_.size() && (is_digit(view_[end]) || (view_[end] == '_' && end > from && end + 1 < view_.size() &&
                                                           is_digit(view_[end + 1]))))
      ++end;
    return end;
  }

  /// Where the float at at_ ends; at_ where there is none.
  std::size_t float_end() const {
    if (at_ > 0 && view_[at_ - 1] == '.') return at_;  // "list.0.1" holds indices
    const std::size_t whole = digits(at_);
    std::size_t end = whole;
    if (end + 1 < view_.size() && view_[end] == '.' && is_digit(view_[end + 1])) end = digits(end + 1);
    if (end < view_.size() && (view_[end] == 'e' || view_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < view_.size() && (view_[exponent] == '+' || view_[exponent] == '-')) ++exponent;
      if (exponent < view_.size() && is_digit(view_[exponent])) end = digits(exponent);
    }
    return end == whole ? at_ : end;
  }

  void number() {
    std::size_t end = float_end();
    if (end > at_) {
      const auto value = parse_float(view_.substr(at_, end - at_));
      push(TokenKind::kFloat, "");
      tokens_.back().real = value.value_or(0);
      return advance(end);
    }
    end = integer_end();
    const auto value = parse_integer(view_.substr(at_, end - at_), 0);
    if (!value)
      fail(fmt::format("the integer {} is too large (beyond 64 bits)",
                       view_.substr(at_, std::min<std::size_t>(end - at_, 40))));
    push(TokenKind::kInteger, "");
    tokens_.back().integer = *value;
    advance(end);
  }

  std::size_t integer_end() const {
    const auto run = [this](std::size_t from, std::string_view allowed) {
      std::size_t end = from;
      while (end < view_.size() && (allowed.find(view_[end]) != std::string_view::npos ||
                                    (view_[end] == '_' && end + 1 < view_.size() &&
                                     allowed.find(view_[end + 1]) != std::string_view::npos))) {
        ++end;
      }
      return end;
    };
    if (view_[at_] == '0' && at_ + 1 < view_.size()) {
      const char mark = static_cast<char>(view_[at_ + 1] | 0x20);
      const std::string_view allowed = mark == 'x'   ? "0123456789abcdefABCDEF"
                                       : mark == 'o' ? "01234567"
                                       : mark == 'b' ? "01"
                                                     : "";
      if (!allowed.empty() && run(at_ + 2, allowed) > at_ + 2) return run(at_ + 2, allowed);
    }
    if (view_[at_] == '0') return std::max(at_ + 1, run(at_ + 1, "0"));
    return digits(at_);
  }

  void string() {
    const char quote = view_[at_];
    std::size_t end = at_ + 1;
    while (end < view_.size() && view_[end] != quote) end += view_[end] == '\\' ? 2 : 1;
    if (end >= view_.size()) fail(fmt::format("a string that begins with {} does not end", quote));
    push(TokenKind::kString, unescape(view_.substr(at_ + 1, end - at_ - 1), line_));
    advance(end + 1);
  }

  bool name() {
    std::size_t end = at_;
    while (end < view_.size()) {
      const CodePoint c = decode_utf8(view_, end);
      const bool mark = end > at_ && c.valid && category(c.value)[0] == 'M';
      if (!c.valid || !(is_word(c.value) || mark)) break;
      end += c.length;
    }
    if (end == at_) return false;
    push(TokenKind::kName, std::string(view_.substr(at_, end - at_)));
    advance(end);
    return true;
  }

  void operation(std::string& open) {
    static constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                      "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                      ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                     [this](std::string_view op) { return rest().starts_with(op); });
    if (found == std::end(kOperators))
      fail(fmt::format("unexpected character '{}'", rest().substr(0, decode_utf8(view_, at_).length)));
    const char c = (*found)[0];
    if (c == '(' || c == '[' || c == '{') open.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    if (c == ')' || c == ']' || c == '}') {
      if (open.empty()) fail(fmt::format("unexpected '{}'", c));
      if (open.back() != c) fail(fmt::format("unexpected '{}', expected '{}'", c, open.back()));
      open.pop_back();
    }
    push(TokenKind::kOperator, std::string(*found));
    advance(at_ + found->size());
  }

  std::string text_;
  std::string_view view_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace hearth::jinja
