#include "text/jinja/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hearth::jinja {
namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kData: return "text";
    case TokenKind::kVariableBegin: return "'{{'";
    case TokenKind::kVariableEnd: return "'}}'";
    case TokenKind::kBlockBegin: return "'{%'";
    case TokenKind::kBlockEnd: return "'%}'";
    case TokenKind::kString: return "a string";
    case TokenKind::kInteger: return fmt::format("{}", token.integer);
    case TokenKind::kFloat: return fmt::format("{}", token.real);
    case TokenKind::kEnd: return "the end of the template";
    case TokenKind::kName:
    case TokenKind::kOperator: break;
  }
  return "'" + token.text.substr(0, 60) + "'";
}

Value literal_string(std::string text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return Value(std::make_shared<const StringObject>(StringObject{Text(std::move(text)), false, ascii, Charge()}));
}

}  // namespace

ExpressionParser::Nesting::Nesting(ExpressionParser& parser) : parser_(parser) {
  if (++parser_.depth_ > parser_.max_depth_) {
    --parser_.depth_;
    parser_.fail(fmt::format("blocks or brackets are nested more than {} deep (max_depth)", parser_.max_depth_));
  }
}

const Token& ExpressionParser::peek(std::size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
}

Token ExpressionParser::next() {
  if (at_ + 1 < tokens_.size()) return std::move(tokens_[at_++]);
  return tokens_.back();
}

bool ExpressionParser::at_operator(std::string_view text, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::kOperator && peek(ahead).text == text;
}

bool ExpressionParser::at_name(std::string_view name, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::kName && peek(ahead).text == name;
}

bool ExpressionParser::at_any_name(std::initializer_list<std::string_view> names) const {
  return std::any_of(names.begin(), names.end(), [this](std::string_view name) { return at_name(name); });
}

bool ExpressionParser::skip_operator(std::string_view text) {
  if (!at_operator(text)) return false;
  next();
  return true;
}

bool ExpressionParser::skip_name(std::string_view name) {
  if (!at_name(name)) return false;
  next();
  return true;
}

void ExpressionParser::expect_operator(std::string_view text) {
  if (!skip_operator(text)) fail_expected(fmt::format("'{}'", text));
}

void ExpressionParser::expect(TokenKind kind, std::string_view what) {
  if (peek().kind != kind) fail_expected(what);
  next();
}

std::string ExpressionParser::expect_name() {
  if (peek().kind != TokenKind::kName) fail_expected("a name");
  return next().text;
}

void ExpressionParser::fail(std::string what) const { throw SyntaxError{peek().line, std::move(what)}; }

void ExpressionParser::fail_expected(std::string_view what) const {
  fail(fmt::format("expected {}, found {}", what, describe(peek())));
}

void ExpressionParser::forgive_unknown(std::size_t since) {
  std::size_t kept = since;
  for (std::size_t i = since; i < unknown_.size(); ++i) {
    if (unknown_[i].hard) std::swap(unknown_[kept++], unknown_[i]);
  }
  unknown_.resize(kept);
}

ast::ExpressionPtr ExpressionParser::make(int line, decltype(ast::Expression::node) node) const {
  return std::make_unique<ast::Expression>(ast::Expression{line, std::move(node)});
}

ast::ExpressionPtr ExpressionParser::parse_tuple(const TupleRules& rules) {
  const int line = peek().line;
  ast::ListDisplay tuple{{}, true};
  bool is_tuple = false;
  while (true) {
    if (!tuple.items.empty()) expect_operator(",");
    const TokenKind kind = peek().kind;
    if (kind == TokenKind::kVariableEnd || kind == TokenKind::kBlockEnd || at_operator(")")) break;
    tuple.items.push_back(parse_expression(rules.conditional));
    if (!at_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!tuple.items.empty()) return std::move(tuple.items.front());
    if (!rules.parenthesised) fail_expected("an expression");
  }
  return make(line, std::move(tuple));
}

ast::ExpressionPtr ExpressionParser::parse_expression(bool conditional) {
  const Nesting nesting(*this);
  return conditional ? parse_conditional() : parse_or();
}

ast::ExpressionPtr ExpressionParser::parse_conditional() {
  const int line = peek().line;
  const std::size_t unknown = unknown_.size();
  ast::ExpressionPtr expression = parse_or();
  int chained = 0;
  while (skip_name("if")) {
    ast::Conditional node;
    node.condition = parse_or();
    node.then = std::move(expression);
    if (skip_name("else")) {
      const Nesting nesting(*this);
      node.otherwise = parse_conditional();
    }
    forgive_unknown(unknown);
    expression = make(line, std::move(node));
    if (++chained > max_depth_) fail(fmt::format("more than {} conditions follow each other", max_depth_));
  }
  return expression;
}

ast::ExpressionPtr ExpressionParser::parse_or() {
  const int line = peek().line;
  ast::ExpressionPtr first = parse_and();
  if (!at_name("or")) return first;
  ast::Logical node{true, {}};
  node.operands.push_back(std::move(first));
  while (skip_name("or")) node.operands.push_back(parse_and());
  return make(line, std::move(node));
}

ast::ExpressionPtr ExpressionParser::parse_and() {
  const int line = peek().line;
  ast::ExpressionPtr first = parse_not();
  if (!at_name("and")) return first;
  ast::Logical node{false, {}};
  node.operands.push_back(std::move(first));
  while (skip_name("and")) node.operands.push_back(parse_not());
  return make(line, std::move(node));
}

ast::ExpressionPtr ExpressionParser::parse_not() {
  const int line = peek().line;
  if (!skip_name("not")) return parse_comparison();
  const Nesting nesting(*this);
  return make(line, ast::Unary{ast::UnaryOperator::kNot, parse_not()});
}

ast::ExpressionPtr ExpressionParser::parse_comparison() {
  static constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
      {"==", Comparison::kEqual},     {"!=", Comparison::kNotEqual}, {"<", Comparison::kLess},
      {"<=", Comparison::kLessEqual}, {">", Comparison::kGreater},   {">=", Comparison::kGreaterEqual},
  };
  const int line = peek().line;
  ast::ComparisonChain chain{parse_sum(), {}};
  while (true) {
    if (skip_name("in")) {
      chain.rest.emplace_back(Comparison::kIn, parse_sum());
      continue;
    }
    if (at_name("not") && at_name("in", 1)) {
      next();
      next();
      chain.rest.emplace_back(Comparison::kNotIn, parse_sum());
      continue;
    }
    const auto* found = std::find_if(std::begin(kComparisons), std::end(kComparisons),
                                     [this](const auto& c) { return at_operator(c.first); });
    if (found == std::end(kComparisons)) break;
    next();
    chain.rest.emplace_back(found->second, parse_sum());
  }
  if (chain.rest.empty()) return std::move(chain.first);
  return make(line, std::move(chain));
}

ast::ExpressionPtr ExpressionParser::parse_chain(const Operators& operators,
                                                 ast::ExpressionPtr (ExpressionParser::*operand)()) {
  const int line = peek().line;
  ast::BinaryChain chain{(this->*operand)(), {}};
  while (true) {
    const auto* found = std::find_if(operators.begin(), operators.end(),
                                     [this](const auto& entry) { return at_operator(entry.first); });
    if (found == operators.end()) break;
    next();
    chain.rest.emplace_back(found->second, (this->*operand)());
  }
  if (chain.rest.empty()) return std::move(chain.first);
  return make(line, std::move(chain));
}

ast::ExpressionPtr ExpressionParser::parse_sum() {
  return parse_chain({{"+", BinaryOperator::kAdd}, {"-", BinaryOperator::kSubtract}},
                     &ExpressionParser::parse_concatenation);
}

ast::ExpressionPtr ExpressionParser::parse_concatenation() {
  const int line = peek().line;
  ast::ExpressionPtr first = parse_product();
  if (!at_operator("~")) return first;
  ast::Concatenation node;
  node.parts.push_back(std::move(first));
  while (skip_operator("~")) node.parts.push_back(parse_product());
  return make(line, std::move(node));
}

ast::ExpressionPtr ExpressionParser::parse_product() {
  return parse_chain({{"*", BinaryOperator::kMultiply},
                      {"/", BinaryOperator::kDivide},
                      {"//", BinaryOperator::kFloorDivide},
                      {"%", BinaryOperator::kModulo}},
                     &ExpressionParser::parse_power);
}

/// From left to right, as Jinja has it and Python does not.
ast::ExpressionPtr ExpressionParser::parse_power() {
  return parse_chain({{"**", BinaryOperator::kPower}}, &ExpressionParser::parse_signed);
}

ast::ExpressionPtr ExpressionParser::parse_unary(bool with_filters) {
  const int line = peek().line;
  if (at_operator("-") || at_operator("+")) {
    const Nesting nesting(*this);
    const auto op = next().text == "-" ? ast::UnaryOperator::kNegative : ast::UnaryOperator::kPositive;
    return parse_postfix(make(line, ast::Unary{op, parse_unary(false)}), with_filters);
  }
  return parse_postfix(parse_primary(), with_filters);
}

ast::ExpressionPtr ExpressionParser::parse_primary() {
  const int line = peek().line;
  switch (peek().kind) {
    case TokenKind::kName: return parse_name();
    case TokenKind::kInteger: return make(line, ast::Literal{Value(next().integer)});
    case TokenKind::kFloat: return make(line, ast::Literal{Value(next().real)});
    case TokenKind::kString: {
      std::string text = next().text;
      while (peek().kind == TokenKind::kString) text += next().text;
      return make(line, ast::Literal{literal_string(std::move(text))});
    }
    default: break;
  }
  if (skip_operator("(")) {
    ast::ExpressionPtr inside = parse_tuple({true, true});
    expect_operator(")");
    return inside;
  }
  if (at_operator("[")) return parse_list();
  if (at_operator("{")) return parse_dict();
  fail_expected("an expression");
}

ast::ExpressionPtr ExpressionParser::parse_name() {
  Token token = next();
  std::string& name = token.text;
  if (name == "true" || name == "True") return make(token.line, ast::Literal{Value(true)});
  if (name == "false" || name == "False") return make(token.line, ast::Literal{Value(false)});
  if (name == "none" || name == "None") return make(token.line, ast::Literal{Value()});
  names_.mention(name);
  if (name == "caller") uses_.caller = true;
  if (name == "kwargs") uses_.kwargs = true;
  if (name == "varargs") uses_.varargs = true;
  return make(token.line, ast::Name{std::move(name)});
}

ast::ExpressionPtr ExpressionParser::parse_list() {
  const int line = peek().line;
  expect_operator("[");
  ast::ListDisplay list;
  while (!at_operator("]")) {
    if (!list.items.empty()) expect_operator(",");
    if (at_operator("]")) break;
    list.items.push_back(parse_expression());
  }
  expect_operator("]");
  return make(line, std::move(list));
}

ast::ExpressionPtr ExpressionParser::parse_dict() {
  const int line = peek().line;
  expect_operator("{");
  ast::DictDisplay dict;
  while (!at_operator("}")) {
    if (!dict.items.empty()) expect_operator(",");
    if (at_operator("}")) break;
    ast::ExpressionPtr key = parse_expression();
    expect_operator(":");
    dict.items.emplace_back(std::move(key), parse_expression());
  }
  expect_operator("}");
  return make(line, std::move(dict));
}

}  // namespace hearth::jinja
