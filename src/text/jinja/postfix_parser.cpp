// The part of the expression parser behind a value: subscripts, calls, filters, tests.
#include <fmt/format.h>

#include <utility>

#include "text/jinja/expression_parser.h"

namespace hearth::jinja {

ast::ExpressionPtr ExpressionParser::parse_postfix(ast::ExpressionPtr base, bool with_filters) {
  const int line = base->line;
  std::vector<ast::Step> steps;
  while (parse_subscript_step(steps)) {
  }
  while (with_filters) {
    if (at_operator("|")) {
      next();
      steps.push_back(parse_filter());
    } else if (at_name("is")) {
      steps.push_back(parse_test());
    } else if (at_operator("(")) {
      steps.push_back({peek().line, ast::CallStep{parse_arguments()}});
    } else {
      break;
    }
  }
  if (steps.empty()) return base;
  return make(line, ast::Postfix{std::move(base), std::move(steps)});
}

bool ExpressionParser::parse_subscript_step(std::vector<ast::Step>& steps) {
  if (at_operator(".") || at_operator("[")) {
    steps.push_back(parse_subscript());
  } else if (at_operator("(")) {
    steps.push_back({peek().line, ast::CallStep{parse_arguments()}});
  } else {
    return false;
  }
  return true;
}

ast::ItemStep ExpressionParser::item_of(ast::ExpressionPtr key) const { return {std::move(key)}; }

ast::Step ExpressionParser::parse_subscript() {
  const int line = peek().line;
  if (skip_operator(".")) {
    if (peek().kind == TokenKind::kName) return {line, ast::AttributeStep{next().text}};
    if (peek().kind != TokenKind::kInteger) fail_expected("a name or a number");
    return {line, item_of(make(line, ast::Literal{Value(next().integer)}))};
  }
  expect_operator("[");
  ast::SliceStep slice;
  if (!at_operator(":")) {
    if (at_operator("]")) fail_expected("an index");
    ast::ExpressionPtr first = parse_expression();
    if (at_operator(",")) {
      ast::ListDisplay tuple{{}, true};
      tuple.items.push_back(std::move(first));
      while (skip_operator(",")) tuple.items.push_back(parse_expression());
      expect_operator("]");
      return {line, item_of(make(line, std::move(tuple)))};
    }
    if (skip_operator("]")) return {line, item_of(std::move(first))};
    slice.start = std::move(first);
  }
  expect_operator(":");
  if (!at_operator(":") && !at_operator("]")) slice.stop = parse_expression();
  if (skip_operator(":") && !at_operator("]")) slice.step = parse_expression();
  expect_operator("]");
  return {line, std::move(slice)};
}

std::string ExpressionParser::parse_dotted_name() {
  std::string name = expect_name();
  while (skip_operator(".")) name += "." + expect_name();
  return name;
}

std::vector<ast::Step> ExpressionParser::parse_filters(bool inline_first) {
  std::vector<ast::Step> steps;
  if (inline_first) steps.push_back(parse_filter());
  while (skip_operator("|")) steps.push_back(parse_filter());
  return steps;
}

ast::Step ExpressionParser::parse_filter() {
  const int line = peek().line;
  ast::FilterStep step;
  step.name = parse_dotted_name();
  step.filter = find_filter(step.name);
  if (step.filter == nullptr)
    unknown_.push_back({line, fmt::format("No filter named '{}'", step.name.substr(0, 60)), false});
  if (at_operator("(")) step.arguments = parse_arguments();
  return {line, std::move(step)};
}

ast::Step ExpressionParser::parse_test() {
  const int line = next().line;
  ast::TestStep step;
  step.negated = skip_name("not");
  step.name = parse_dotted_name();
  step.predicate = find_predicate(step.name);
  if (step.predicate == nullptr)
    unknown_.push_back({line, fmt::format("No test named '{}'", step.name.substr(0, 60)), false});
  const Token& after = peek();
  const bool operand = after.kind == TokenKind::kName || after.kind == TokenKind::kString ||
                       after.kind == TokenKind::kInteger || after.kind == TokenKind::kFloat || at_operator("[") ||
                       at_operator("{");
  if (at_operator("(")) {
    step.arguments = parse_arguments();
  } else if (operand && !at_any_name({"else", "or", "and"})) {
    if (at_name("is")) fail("You cannot chain multiple tests with is");
    const Nesting nesting(*this);
    step.arguments.positional.push_back(parse_postfix(parse_primary(), false));
  }
  return {line, std::move(step)};
}

ast::CallArguments ExpressionParser::parse_arguments() {
  expect_operator("(");
  ast::CallArguments arguments;
  const auto ensure = [this](bool in_order) {
    if (!in_order) fail("arguments of a call stand in the wrong order");
  };
  bool first = true;
  while (!at_operator(")")) {
    if (!first) {
      expect_operator(",");
      if (at_operator(")")) break;
    }
    first = false;
    if (skip_operator("*")) {
      ensure(!arguments.unpacked && !arguments.unpacked_named);
      arguments.unpacked = parse_expression();
    } else if (skip_operator("**")) {
      ensure(!arguments.unpacked_named);
      arguments.unpacked_named = parse_expression();
    } else if (peek().kind == TokenKind::kName && at_operator("=", 1)) {
      ensure(!arguments.unpacked_named);
      std::string name = next().text;
      next();
      arguments.named.emplace_back(std::move(name), parse_expression());
    } else {
      ensure(!arguments.unpacked && !arguments.unpacked_named && arguments.named.empty());
      arguments.positional.push_back(parse_expression());
    }
  }
  expect_operator(")");
  return arguments;
}

}  // namespace hearth::jinja
