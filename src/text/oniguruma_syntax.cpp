#include "text/oniguruma_syntax.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

// PCRE2's \s also takes U+180E and its \w takes no marks; these are what Oniguruma's Unicode tables say.
constexpr std::string_view kSpace = "\\p{White_Space}";
constexpr std::string_view kNotSpace = "\\P{White_Space}";
// Alone \w takes the Latin-1 superscripts and fractions too, in a class it does not.
constexpr std::string_view kWord = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xB2\\xB3\\xB9\\xBC-\\xBE";
constexpr std::string_view kWordInClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

constexpr std::string_view kHex = "0-9a-fA-F";

/// Long names of properties, by what PCRE2 calls them.
constexpr std::pair<std::string_view, std::string_view> kProperties[] = {{"Letter", "L"},
                                                                         {"Uppercase_Letter", "Lu"},
                                                                         {"Lowercase_Letter", "Ll"},
                                                                         {"Titlecase_Letter", "Lt"},
                                                                         {"Modifier_Letter", "Lm"},
                                                                         {"Other_Letter", "Lo"},
                                                                         {"Mark", "M"},
                                                                         {"Nonspacing_Mark", "Mn"},
                                                                         {"Spacing_Mark", "Mc"},
                                                                         {"Enclosing_Mark", "Me"},
                                                                         {"Number", "N"},
                                                                         {"Decimal_Number", "Nd"},
                                                                         {"Letter_Number", "Nl"},
                                                                         {"Other_Number", "No"},
                                                                         {"Punctuation", "P"},
                                                                         {"Connector_Punctuation", "Pc"},
                                                                         {"Dash_Punctuation", "Pd"},
                                                                         {"Open_Punctuation", "Ps"},
                                                                         {"Close_Punctuation", "Pe"},
                                                                         {"Initial_Punctuation", "Pi"},
                                                                         {"Final_Punctuation", "Pf"},
                                                                         {"Other_Punctuation", "Po"},
                                                                         {"Symbol", "S"},
                                                                         {"Math_Symbol", "Sm"},
                                                                         {"Currency_Symbol", "Sc"},
                                                                         {"Modifier_Symbol", "Sk"},
                                                                         {"Other_Symbol", "So"},
                                                                         {"Separator", "Z"},
                                                                         {"Space_Separator", "Zs"},
                                                                         {"Line_Separator", "Zl"},
                                                                         {"Paragraph_Separator", "Zp"},
                                                                         {"Other", "C"},
                                                                         {"Control", "Cc"},
                                                                         {"Format", "Cf"},
                                                                         {"Private_Use", "Co"},
                                                                         {"Alpha", "Alphabetic"},
                                                                         {"Upper", "Uppercase"},
                                                                         {"Lower", "Lowercase"},
                                                                         {"Digit", "Nd"},
                                                                         {"Space", "White_Space"}};

/// The insides of classes that [[:name:]] stand for; other names mean the same to PCRE2.
constexpr std::pair<std::string_view, std::string_view> kPosixClasses[] = {
    {"alpha", "\\p{Alphabetic}"}, {"alnum", "\\p{Alphabetic}\\p{Nd}"},
    {"digit", "\\p{Nd}"},         {"lower", "\\p{Lowercase}"},
    {"upper", "\\p{Uppercase}"},  {"space", kSpace},
    {"word", kWordInClass},       {"punct", "\\p{P}\\p{S}"}};

constexpr int kMaxDepth = 50;

std::string in_class(std::string_view inside) { return fmt::format("[{}]", inside); }
std::string not_in_class(std::string_view inside) { return fmt::format("[^{}]", inside); }
std::string word_boundary() { return fmt::format("(?:(?<=[{0}])(?![{0}])|(?<![{0}])(?=[{0}]))", kWord); }
std::string no_word_boundary() { return fmt::format("(?:(?<=[{0}])(?=[{0}])|(?<![{0}])(?![{0}]))", kWord); }

class Rewriter {
 public:
  Rewriter(std::string_view in, const std::string& where, const std::function<bool(std::string_view)>& is_script)
      : in_(in), where_(where), is_script_(is_script) {}

  std::string run() {
    std::string out;
    while (i_ < in_.size()) out += element();
    return out;
  }

 private:
  /// A class of characters in the making: the plain inside of one, and expressions of one character for what does not
  /// fit in there.
  struct CharacterClass {
    bool negated = false;
    std::string inside;
    std::vector<std::string> others;

    bool is_plain() const { return !negated && others.empty(); }
    /// An expression that matches one character.
    std::string expression() const {
      if (others.empty()) return negated ? not_in_class(inside) : in_class(inside);
      std::vector<std::string> all = others;
      if (!inside.empty()) all.push_back(in_class(inside));
      const std::string any = fmt::format("(?:{})", fmt::join(all, "|"));
      return negated ? fmt::format("(?:(?!{})(?s:.))", any) : any;
    }
  };

  std::string element() {
    const char c = in_[i_];
    if (c == '\\' && i_ + 1 < in_.size()) return escape();
    if (c == '[') return character_class(0).expression();
    if (in_.substr(i_, 2) == "{,") return take(2, "{0,");
    if (in_.substr(i_, 2) == "(?") return group_options();
    return take(1);
  }

  std::string escape() {
    switch (in_[i_ + 1]) {
      case 's': return take(2, kSpace);
      case 'S': return take(2, kNotSpace);
      case 'w': return take(2, in_class(kWord));
      case 'W': return take(2, not_in_class(kWord));
      case 'h': return take(2, in_class(kHex));
      case 'H': return take(2, not_in_class(kHex));
      case 'b': return take(2, word_boundary());
      case 'B': return take(2, no_word_boundary());
      case 'p':
      case 'P': return property();
      default: return take(2);
    }
  }

  /// \p{Name}, \p{^Name}
  std::string property() {
    const std::size_t close = in_.find('}', i_);
    if (in_.substr(i_ + 2, 1) != "{" || close == std::string_view::npos) return take(2);
    std::string_view name = in_.substr(i_ + 3, close - i_ - 3);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (const auto& [long_name, short_name] : kProperties) {
      if (name == long_name) name = short_name;
    }
    const bool script = name.size() > 2 && is_script_(name);
    return take(close + 1 - i_,
                fmt::format("{}{{{}{}{}}}", in_.substr(i_, 2), negated ? "^" : "", script ? "sc:" : "", name));
  }

  /// From "[" to "]".
  CharacterClass character_class(int depth) {
    if (depth > kMaxDepth) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: the regular expression has classes nested too deep", where_));
    }
    CharacterClass result;
    take(1);
    if (peek('^')) {
      result.negated = true;
      take(1);
    }
    if (peek(']')) result.inside += take(1, "\\]");  // a first "]" is itself
    while (i_ < in_.size() && in_[i_] != ']') {
      if (in_.substr(i_, 2) == "&&") {
        intersect(result, depth);
        break;
      }
      class_element(result, depth);
    }
    if (i_ >= in_.size()) {
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: the regular expression has a \"[\" without a \"]\"", where_));
    }
    take(1);
    return result;
  }

  /// The rest of a class behind "&&": what is in both.
  void intersect(CharacterClass& left, int depth) {
    CharacterClass right;
    while (i_ < in_.size() && in_[i_] != ']') {
      if (in_.substr(i_, 2) == "&&") {
        take(2);
        if (!right.inside.empty() || !right.others.empty()) {
          left = {left.negated, {}, {both(left, right)}};
          right = {};
        }
        continue;
      }
      class_element(right, depth);
    }
    left = {left.negated, {}, {both(left, right)}};
  }

  static std::string both(const CharacterClass& left, const CharacterClass& right) {
    return fmt::format("(?:(?={}){})", right.expression(),
                       CharacterClass{false, left.inside, left.others}.expression());
  }

  void class_element(CharacterClass& result, int depth) {
    const char c = in_[i_];
    if (c == '[') {
      const std::size_t close = in_.substr(i_, 2) == "[:" ? in_.find(":]", i_ + 2) : std::string_view::npos;
      if (close != std::string_view::npos) return posix_class(result, close);
      CharacterClass inner = character_class(depth + 1);
      if (inner.is_plain()) {
        result.inside += inner.inside;
      } else {
        result.others.push_back(inner.expression());
      }
    } else if (c == '\\' && i_ + 1 < in_.size()) {
      class_escape(result);
    } else {
      result.inside += take(1);
    }
  }

  void class_escape(CharacterClass& result) {
    switch (in_[i_ + 1]) {
      case 'w': result.inside += take(2, kWordInClass); break;
      case 'W': result.others.push_back(take(2, not_in_class(kWordInClass))); break;
      case 'h': result.inside += take(2, kHex); break;
      case 'H': result.others.push_back(take(2, not_in_class(kHex))); break;
      case 'b': result.inside += take(2); break;  // a backspace
      case 'B': result.inside += take(2, "B"); break;
      default: result.inside += escape();
    }
  }

  void posix_class(CharacterClass& result, std::size_t close) {
    std::string_view name = in_.substr(i_ + 2, close - i_ - 2);
    const std::string as_written = take(close + 2 - i_);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (const auto& [posix, inside] : kPosixClasses) {
      if (posix != name) continue;
      if (negated) {
        result.others.push_back(not_in_class(inside));
      } else {
        result.inside += inside;
      }
      return;
    }
    result.inside += as_written;
  }

  /// Ruby's (?m) lets the dot take line ends, which PCRE2 calls (?s).
  std::string group_options() {
    std::string out = take(2);
    while (peek('i') || peek('m') || peek('x') || peek('-')) out += peek('m') ? take(1, "s") : take(1);
    return out;
  }

  bool peek(char c) const { return i_ < in_.size() && in_[i_] == c; }
  std::string take(std::size_t n) { return take(n, in_.substr(i_, n)); }
  std::string take(std::size_t n, std::string_view as) {
    std::string text(as);
    i_ += n;
    return text;
  }

  std::string_view in_;
  const std::string& where_;
  const std::function<bool(std::string_view)>& is_script_;
  std::size_t i_ = 0;
};

}  // namespace

std::string oniguruma_to_pcre2(std::string_view expression, const std::string& where,
                               const std::function<bool(std::string_view)>& is_script) {
  return Rewriter(expression, where, is_script).run();
}

}  // namespace hearth
