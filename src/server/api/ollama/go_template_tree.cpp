#include "server/api/ollama/go_template_tree.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "base/quote.h"
#include "server/api/ollama/go_template_lexer.h"

namespace hearth {
namespace {

constexpr int kDeepest = 40;

std::vector<std::string> split_fields(std::string_view chain) {
  std::vector<std::string> fields;
  for (std::size_t begin = 1; begin < chain.size();) {
    const std::size_t end = std::min(chain.find('.', begin), chain.size());
    fields.emplace_back(chain.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

/// The tokens of one action, read from the left.
class ActionParser {
 public:
  ActionParser(const GoPiece& piece, std::size_t at) : tokens_(piece.tokens), at_(at), line_(piece.line) {}

  /// Operands and calls, joined by '|'. Reads all that is left, or up to ')'.
  GoExpression pipeline(int depth = 0) {
    if (depth > kDeepest) fail_go_template(line_, "parentheses are nested too deeply");
    GoExpression value = command(depth);
    while (is_mark("|")) {
      ++at_;
      GoExpression call = command(depth);
      if (call.kind != GoExpression::kCall) fail_go_template(line_, "behind '|' a function must stand");
      call.inputs.push_back(std::move(value));  // the last argument
      value = std::move(call);
    }
    return value;
  }

  /// "$a :=", "$a, $b :=", "$a ="; none where there is none.
  std::vector<std::string> take_targets(bool& declares) {
    std::size_t end = at_;
    std::vector<std::string> names;
    while (end < tokens_.size() && tokens_[end].kind == GoToken::kVariable) {
      names.push_back(tokens_[end++].text);
      if (end < tokens_.size() && is_mark(",", end)) ++end;
    }
    if (names.empty() || end >= tokens_.size() || !(is_mark(":=", end) || is_mark("=", end))) return {};
    declares = is_mark(":=", end);
    at_ = end + 1;
    return names;
  }

  void finish() const {
    if (at_ < tokens_.size()) fail_go_template(line_, fmt::format("{} is too much", quote(tokens_[at_].text)));
  }

 private:
  bool is_mark(std::string_view text, std::size_t at) const {
    return at < tokens_.size() && tokens_[at].kind == GoToken::kMark && tokens_[at].text == text;
  }
  bool is_mark(std::string_view text) const { return is_mark(text, at_); }
  bool ends() const { return at_ == tokens_.size() || is_mark("|") || is_mark(")"); }

  GoExpression command(int depth) {
    if (ends()) fail_go_template(line_, "a value is missing");
    GoExpression first = operand(depth);
    if (first.kind != GoExpression::kCall || is_closed_) {
      if (!ends()) fail_go_template(line_, fmt::format("{} cannot stand there", quote(tokens_[at_].text)));
      return first;
    }
    while (!ends()) {
      GoExpression input = operand(depth);
      if (input.kind == GoExpression::kCall && !is_closed_ && !input.name.empty() && input.inputs.empty())
        fail_go_template(line_, fmt::format("{} must stand in parentheses", quote(input.name)));
      first.inputs.push_back(std::move(input));
    }
    return first;
  }

  /// One value; a function's name becomes a call without inputs so far. is_closed_: it stood in parentheses.
  GoExpression operand(int depth) {
    const GoToken& token = tokens_[at_++];
    is_closed_ = false;
    GoExpression value;
    value.name = token.text;
    switch (token.kind) {
      case GoToken::kField:
        value.kind = GoExpression::kDot;
        value.fields = split_fields(token.text);
        return value;
      case GoToken::kVariable: value.kind = GoExpression::kVariable; break;
      case GoToken::kString: value.kind = GoExpression::kString; return value;
      case GoToken::kNumber: value.kind = GoExpression::kNumber; return value;
      case GoToken::kWord: {
        const bool is_constant = token.text == "true" || token.text == "false" || token.text == "nil";
        value.kind = is_constant ? GoExpression::kWord : GoExpression::kCall;
        return value;
      }
      case GoToken::kMark:
        if (token.text != "(") fail_go_template(line_, fmt::format("{} cannot stand there", quote(token.text)));
        value = pipeline(depth + 1);
        if (!is_mark(")")) fail_go_template(line_, "a parenthesis is not closed");
        ++at_;
        is_closed_ = true;
        break;
    }
    if (at_ < tokens_.size() && tokens_[at_].kind == GoToken::kField && tokens_[at_].is_attached) {
      for (std::string& field : split_fields(tokens_[at_].text)) value.fields.push_back(std::move(field));
      ++at_;
    }
    return value;
  }

  const std::vector<GoToken>& tokens_;
  std::size_t at_;
  int line_;
  bool is_closed_ = false;
};

class TreeParser {
 public:
  explicit TreeParser(std::vector<GoPiece> pieces) : pieces_(std::move(pieces)) {}

  std::vector<GoNode> run() {
    std::vector<GoNode> nodes = list(0);
    if (at_ < pieces_.size())
      fail_go_template(pieces_[at_].line, fmt::format("{} belongs to nothing", quote(word(pieces_[at_]))));
    return nodes;
  }

 private:
  static std::string word(const GoPiece& piece, std::size_t at = 0) {
    if (!piece.is_action || at >= piece.tokens.size() || piece.tokens[at].kind != GoToken::kWord) return {};
    return piece.tokens[at].text;
  }

  /// Up to an "else" or "end".
  std::vector<GoNode> list(int depth) {
    std::vector<GoNode> nodes;
    for (; at_ < pieces_.size(); ++at_) {
      const GoPiece& piece = pieces_[at_];
      const std::string name = word(piece);
      if (name == "else" || name == "end") return nodes;
      if (depth > kDeepest) fail_go_template(piece.line, "blocks are nested too deeply");
      nodes.push_back(node(piece, name, depth));
    }
    return nodes;
  }

  GoNode node(const GoPiece& piece, const std::string& name, int depth) {
    GoNode node;
    node.line = piece.line;
    if (!piece.is_action) {
      node.text = piece.text;
      return node;
    }
    if (name == "if" || name == "with" || name == "range") {
      node.kind = name == "if" ? GoNode::kIf : name == "with" ? GoNode::kWith : GoNode::kRange;
      block(node, 1, depth);
      return node;
    }
    if (name == "break" || name == "continue") {
      node.kind = name == "break" ? GoNode::kBreak : GoNode::kContinue;
      return node;
    }
    if (name == "template" || name == "block" || name == "define")
      fail_go_template(piece.line, fmt::format("{} is not known here: templates stand alone", quote(name)));
    ActionParser action(piece, 0);
    node.variables = action.take_targets(node.declares);
    if (node.variables.size() > 1) fail_go_template(piece.line, "only range sets two variables");
    node.kind = node.variables.empty() ? GoNode::kOutput : GoNode::kAssign;
    node.expression = action.pipeline();
    action.finish();
    return node;
  }

  /// From the condition, which begins at the token `from` of the piece at_, to the "end", where at_ stands then.
  void block(GoNode& node, std::size_t from, int depth) {
    const GoPiece& head = pieces_[at_];
    ActionParser action(head, from);
    node.variables = action.take_targets(node.declares);
    if (node.variables.size() > (node.kind == GoNode::kRange ? 2U : 1U))
      fail_go_template(head.line, "too many variables");
    node.expression = action.pipeline();
    action.finish();
    ++at_;
    node.body = list(depth + 1);
    if (at_ < pieces_.size() && word(pieces_[at_]) == "else") {
      const GoPiece& piece = pieces_[at_];
      const std::string more = word(piece, 1);
      if (more == "if" || more == "with") {
        GoNode nested;
        nested.line = piece.line;
        nested.kind = more == "if" ? GoNode::kIf : GoNode::kWith;
        if (++n_chained_ > kMostChained) fail_go_template(piece.line, "too many else");
        block(nested, 2, depth);
        --n_chained_;
        node.otherwise.push_back(std::move(nested));
        return;  // the one "end" closes both
      }
      if (piece.tokens.size() > 1) fail_go_template(piece.line, "behind else only if or with may stand");
      ++at_;
      node.otherwise = list(depth + 1);
    }
    if (at_ >= pieces_.size() || word(pieces_[at_]) != "end") fail_go_template(head.line, "a block has no end");
  }

  static constexpr int kMostChained = 60;
  std::vector<GoPiece> pieces_;
  std::size_t at_ = 0;
  int n_chained_ = 0;
};

}  // namespace

std::vector<GoNode> parse_go_template(std::string_view source) { return TreeParser(split_go_template(source)).run(); }

}  // namespace hearth
