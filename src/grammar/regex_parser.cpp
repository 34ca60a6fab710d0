#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "grammar/regex_escape.h"
#include "grammar/regex_scanner.h"
#include "grammar/regex_syntax.h"

namespace hearth {

namespace {

/// Groups within groups; the parser and what walks the tree are recursive.
constexpr int kMaxDepth = 200;

class RegexParser {
 public:
  RegexParser(std::string_view pattern, std::string_view what) : scanner_(pattern, what) {}

  RegexSyntax parse() {
    syntax_.root = parse_choice(0);
    if (!scanner_.at_end()) scanner_.fail_syntax(scanner_.offset(), ") without (");
    return std::move(syntax_);
  }

 private:
  using Kind = RegexNode::Kind;
  struct Counts {
    std::uint32_t min, max;
  };

  std::uint32_t add(RegexNode node) {
    syntax_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(syntax_.nodes.size() - 1);
  }

  std::uint32_t add_set(CodePointSet set) {
    const auto [found, is_new] = set_numbers_.emplace(std::move(set), static_cast<std::uint32_t>(syntax_.sets.size()));
    if (is_new) syntax_.sets.push_back(found->first);
    return add({Kind::kSet, found->second, 0, 0, {}});
  }

  std::uint32_t parse_choice(int depth) {
    if (depth > kMaxDepth) {
      scanner_.refuse(scanner_.offset(), "nesting deeper than " + std::to_string(kMaxDepth) + " groups");
    }
    std::vector<std::uint32_t> choices = {parse_sequence(depth)};
    while (scanner_.take("|")) choices.push_back(parse_sequence(depth));
    return choices.size() == 1 ? choices[0] : add({Kind::kChoice, 0, 0, 0, std::move(choices)});
  }

  std::uint32_t parse_sequence(int depth) {
    std::vector<std::uint32_t> terms;
    while (!scanner_.at_end() && scanner_.peek() != '|' && scanner_.peek() != ')') terms.push_back(parse_term(depth));
    return terms.size() == 1 ? terms[0] : add({Kind::kSequence, 0, 0, 0, std::move(terms)});
  }

  std::uint32_t parse_term(int depth) {
    if (scanner_.take("^")) return parse_assertion(Kind::kTextStart);
    if (scanner_.take("$")) return parse_assertion(Kind::kTextEnd);
    const std::uint32_t atom = parse_atom(depth);
    const auto counts = parse_quantifier();
    if (!counts) return atom;
    return add({Kind::kRepetition, 0, counts->min, counts->max, {atom}});
  }

  std::uint32_t parse_assertion(Kind kind) {
    if (parse_quantifier()) scanner_.fail_syntax(scanner_.offset(), "^ and $ cannot be repeated");
    return add({kind, 0, 0, 0, {}});
  }

  std::uint32_t parse_atom(int depth) {
    const std::size_t begin = scanner_.offset();
    if (scanner_.take("(")) {
      parse_group_kind(begin);
      const std::uint32_t inner = parse_choice(depth + 1);
      if (!scanner_.take(")")) scanner_.fail_syntax(begin, "( is not closed");
      return inner;
    }
    if (scanner_.take(".")) return add_set(regex_dot());
    if (scanner_.take("[")) return add_set(parse_character_class(scanner_));
    if (scanner_.take("\\")) return add_set(parse_escape(scanner_));
    if (parse_quantifier()) {
      scanner_.fail_syntax(begin, "there is nothing to repeat before " + quote(scanner_.since(begin)));
    }
    // Elsewhere "[]a]" is a class that holds a bracket, in ECMA-262 an empty one and a stray bracket.
    if (scanner_.peek() == ']') scanner_.fail_syntax(begin, "] without [; write \\] for the character");
    return add_set(CodePointSet::of(scanner_.take_character()));
  }

  /// After "(": takes what makes the group a special one.
  void parse_group_kind(std::size_t begin) {
    if (!scanner_.take("?")) return;
    if (scanner_.take(":")) return;
    if (scanner_.next_is("=") || scanner_.next_is("!")) scanner_.refuse(begin, "look-ahead");
    if (scanner_.next_is("<=") || scanner_.next_is("<!")) scanner_.refuse(begin, "look-behind");
    if (!scanner_.take("<")) scanner_.refuse(begin, "the group (?" + std::string(1, printable(scanner_.peek())));
    const auto name = scanner_.take_until('>');
    if (!name || !is_group_name(*name)) scanner_.fail_syntax(begin, "(?< wants a name and >");
  }

  static char printable(char c) { return c > ' ' && c < '\x7F' ? c : '?'; }

  static bool is_group_name(std::string_view name) {
    const auto is_start = [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80;
    };
    return !name.empty() && is_start(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(),
                       [&](unsigned char c) { return is_start(c) || (c >= '0' && c <= '9'); });
  }

  /// Nothing is taken when there is none: "{" is then a character.
  std::optional<Counts> parse_quantifier() {
    auto counts = parse_counts();
    if (counts) scanner_.take("?");
    return counts;
  }

  std::optional<Counts> parse_counts() {
    if (scanner_.take("*")) return Counts{0, RegexNode::kUnbounded};
    if (scanner_.take("+")) return Counts{1, RegexNode::kUnbounded};
    if (scanner_.take("?")) return Counts{0, 1};
    const std::size_t begin = scanner_.offset();
    if (!scanner_.take("{")) return std::nullopt;
    const auto min = parse_number();
    auto max = min;
    if (scanner_.take(",")) {
      max = parse_number();
      // Some engines read "{,n}" as at most n, ECMA-262 as characters: whoever writes it should say which.
      if (!min && max && scanner_.next_is("}")) scanner_.refuse(begin, "{,n} (write {0,n})");
      if (!max) max = RegexNode::kUnbounded;
    }
    if (!min || !scanner_.take("}")) {
      scanner_.rewind(begin);
      return std::nullopt;
    }
    if (*min > *max)
      scanner_.fail_syntax(begin, "the numbers of " + quote(scanner_.since(begin)) + " are out of order");
    return Counts{*min, *max};
  }

  /// Saturates below kUnbounded: so many repetitions are refused later.
  std::optional<std::uint32_t> parse_number() {
    std::uint64_t value = 0;
    const std::size_t begin = scanner_.offset();
    for (; scanner_.peek() >= '0' && scanner_.peek() <= '9'; scanner_.skip(1)) {
      value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(scanner_.peek() - '0'),
                                      RegexNode::kUnbounded - 1);
    }
    if (scanner_.offset() == begin) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }

  RegexScanner scanner_;
  RegexSyntax syntax_;
  std::map<CodePointSet, std::uint32_t> set_numbers_;
};

}  // namespace

RegexSyntax parse_regex(std::string_view pattern, std::string_view what) { return RegexParser(pattern, what).parse(); }

}  // namespace hearth
