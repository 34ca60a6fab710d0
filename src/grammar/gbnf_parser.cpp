#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/quote.h"
#include "base/unicode.h"
#include "grammar/gbnf_syntax.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxRules = 10'000;
constexpr std::size_t kMaxNodes = 200'000;
constexpr std::uint32_t kMaxRepetition = 100'000;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class GbnfParser {
 public:
  explicit GbnfParser(std::string_view text) : text_(text) {
    if (!is_valid_utf8(text)) throw Error(ErrorCode::kInvalidArgument, "the grammar is not valid UTF-8");
  }

  GbnfSyntax parse() {
    skip_space(true);
    while (!at_end()) parse_rule();
    const auto root = numbers_.find("root");
    if (root == numbers_.end() || !defined_[root->second])
      throw Error(ErrorCode::kInvalidArgument, "the grammar has no rule named 'root'", "answers begin with that rule");
    for (std::size_t i = 0; i < syntax_.rules.size(); ++i) {
      if (!defined_[i]) fail(first_use_[i], fmt::format("the rule {} is not defined", quote(syntax_.rules[i].name)));
    }
    syntax_.root = root->second;
    return std::move(syntax_);
  }

 private:
  using Kind = GbnfNode::Kind;

  bool at_end() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const { return ahead < text_.size() - at_ ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }

  [[noreturn]] void fail(std::size_t at, const std::string& problem,
                         ErrorCode code = ErrorCode::kInvalidArgument) const {
    const std::string_view before = text_.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    throw Error(code, fmt::format("the grammar, line {}, column {}: {}", line, at - start + 1, problem));
  }

  void skip_space(bool newlines) {
    for (; !at_end(); ++at_) {
      if (peek() == '#') {
        while (!at_end() && peek() != '\n' && peek() != '\r') ++at_;
        if (at_end()) return;
      }
      const bool line_end = peek() == '\n' || peek() == '\r';
      if (peek() != ' ' && peek() != '\t' && !(newlines && line_end)) return;
    }
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (is_name_byte(peek())) ++at_;
    if (at_ == begin) fail(at_, "a rule's name should stand here");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::uint32_t number_of(const std::string& name, std::size_t used_at) {
    const auto [found, fresh] = numbers_.try_emplace(name, static_cast<std::uint32_t>(syntax_.rules.size()));
    if (fresh) {
      if (syntax_.rules.size() == kMaxRules)
        fail(used_at, fmt::format("there are more than {} rules", kMaxRules), ErrorCode::kUnsupported);
      syntax_.rules.push_back({name, {}});
      defined_.push_back(false);
      first_use_.push_back(used_at);
    }
    return found->second;
  }

  void parse_rule() {
    const std::size_t begin = at_;
    const std::string name = take_name();
    skip_space(false);
    if (!take("::=")) fail(at_, "\"::=\" should stand behind the rule's name");
    skip_space(true);
    const std::uint32_t number = number_of(name, begin);
    if (defined_[number]) fail(begin, fmt::format("the rule {} is defined twice", quote(name)));
    defined_[number] = true;
    GbnfNode body = parse_choice(0);
    syntax_.rules[number].body = std::move(body);
    if (!at_end() && peek() != '\n' && peek() != '\r')
      fail(at_, fmt::format("{} does not belong here", quote(text_.substr(at_, 1))));
    skip_space(true);
  }

  /// Inside parentheses a line end is space like any other.
  GbnfNode parse_choice(int depth) {
    if (depth > kMaxDepth) fail(at_, fmt::format("groups nest deeper than {}", kMaxDepth), ErrorCode::kUnsupported);
    GbnfNode choice{Kind::kChoice, {}, 0, 0, 0, {}};
    choice.children.push_back(parse_sequence(depth));
    while (take("|")) {
      skip_space(true);
      choice.children.push_back(parse_sequence(depth));
    }
    if (choice.children.size() > 1) return choice;
    GbnfNode only = std::move(choice.children[0]);
    return only;
  }

  GbnfNode parse_sequence(int depth) {
    GbnfNode sequence{Kind::kSequence, {}, 0, 0, 0, {}};
    for (;;) {
      auto item = parse_item(depth);
      if (!item) break;
      skip_space(depth > 0);
      sequence.children.push_back(parse_repetitions(std::move(*item), depth));
      if (sequence.children.size() > kMaxNodes) fail(at_, "the grammar is too long", ErrorCode::kUnsupported);
    }
    // A line that begins with | goes on with the rule.
    if (depth == 0) {
      const std::size_t here = at_;
      skip_space(true);
      if (peek() != '|') at_ = here;
    }
    return sequence;
  }

  GbnfNode parse_repetitions(GbnfNode item, int depth) {
    for (;;) {
      std::uint32_t min = 0, max = GbnfNode::kUnbounded;
      const std::size_t begin = at_;
      if (take("*")) {
      } else if (take("+")) {
        min = 1;
      } else if (take("?")) {
        max = 1;
      } else if (take("{")) {
        skip_space(false);
        const auto low = take_number();
        skip_space(false);
        auto high = low;
        if (take(",")) {
          skip_space(false);
          high = take_number();
          skip_space(false);
          if (!high) high = GbnfNode::kUnbounded;
        } else if (!low) {
          fail(at_, "a number should stand here");
        }
        if (!take("}")) fail(at_, "\"}\" should stand here");
        min = low.value_or(0);
        max = *high;
        if (min > max) fail(begin, "the numbers are out of order");
      } else {
        return item;
      }
      GbnfNode repetition{Kind::kRepetition, {}, min, max, 0, {}};
      repetition.children.push_back(std::move(item));
      item = std::move(repetition);
      skip_space(depth > 0);
    }
  }

  std::optional<std::uint32_t> take_number() {
    if (peek() < '0' || peek() > '9') return std::nullopt;
    const std::size_t begin = at_;
    std::uint64_t value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_)
      value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(peek() - '0'), kMaxRepetition + 1);
    if (value > kMaxRepetition)
      fail(begin, fmt::format("more than {} repetitions", kMaxRepetition), ErrorCode::kUnsupported);
    return static_cast<std::uint32_t>(value);
  }

  std::optional<GbnfNode> parse_item(int depth) {
    const std::size_t begin = at_;
    if (take("\"")) return parse_literal(begin);
    if (take("[")) return set_node(parse_class(begin));
    if (take(".")) return set_node(CodePointSet::all());
    if (take("(")) {
      skip_space(true);
      GbnfNode inner = parse_choice(depth + 1);
      if (!take(")"))
        fail(at_, fmt::format("\")\" should stand here, for the \"(\" of line {}",
                              std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n') + 1));
      return inner;
    }
    if (peek() == '<') fail(begin, "rules for single tokens (<…>) are not supported", ErrorCode::kUnsupported);
    if (!is_name_byte(peek())) return std::nullopt;
    // The name of the next rule looks the same, but stands on a line of its own with "::=" behind it.
    GbnfNode node{Kind::kRule, {}, 0, 0, 0, {}};
    node.rule = number_of(take_name(), begin);
    return node;
  }

  static GbnfNode set_node(CodePointSet set) { return {Kind::kSet, std::move(set), 0, 0, 0, {}}; }

  GbnfNode parse_literal(std::size_t begin) {
    GbnfNode literal{Kind::kSequence, {}, 0, 0, 0, {}};
    while (!take("\"")) {
      if (at_end() || peek() == '\n') fail(begin, "the text that begins here has no closing quote");
      literal.children.push_back(set_node(CodePointSet::of(take_character())));
    }
    return literal;
  }

  CodePointSet parse_class(std::size_t begin) {
    const bool negated = take("^");
    std::vector<CodePointRange> ranges;
    while (!take("]")) {
      if (at_end()) fail(begin, "the [ that begins here has no ]");
      const std::size_t at = at_;
      const char32_t first = take_character();
      char32_t last = first;
      if (peek() == '-' && peek(1) != ']') {
        ++at_;
        if (at_end()) fail(begin, "the [ that begins here has no ]");
        last = take_character();
      }
      if (last < first) fail(at, "the range is out of order");
      ranges.push_back({first, last});
    }
    const CodePointSet set(std::move(ranges));
    return negated ? set.complement() : set;
  }

  char32_t take_character() {
    const std::size_t begin = at_;
    const CodePoint next = decode_utf8(text_, at_);
    at_ += next.length;
    if (next.value != '\\') return next.value;
    if (at_end()) fail(begin, "nothing stands behind the backslash");
    const char kind = text_[at_++];
    switch (kind) {
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'x': return take_hex(begin, 2);
      case 'u': return take_hex(begin, 4);
      case 'U': return take_hex(begin, 8);
      case '\\':
      case '"':
      case '[':
      case ']':
      case '^':
      case '-': return static_cast<char32_t>(kind);
      default: fail(begin, fmt::format("the escape {} is not known", quote(text_.substr(begin, 2))));
    }
  }

  char32_t take_hex(std::size_t begin, int digits) {
    std::uint32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) fail(begin, fmt::format("the escape needs {} hexadecimal digits", digits));
      value = value << 4 | static_cast<std::uint32_t>(digit);
      ++at_;
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) fail(begin, "the escape is no character of Unicode");
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  GbnfSyntax syntax_;
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<bool> defined_;
  std::vector<std::size_t> first_use_;
};

}  // namespace

GbnfSyntax parse_gbnf(std::string_view text) { return GbnfParser(text).parse(); }

}  // namespace hearth
