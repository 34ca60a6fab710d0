#include "text/jinja/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/jinja/expression_parser.h"

namespace hearth::jinja {
namespace {

class StatementParser : private ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  ast::Block parse() {
    ast::Block body = parse_body({});
    if (!unknown_.empty()) throw SyntaxError{unknown_.front().line, unknown_.front().what};
    return body;
  }

 private:
  using EndNames = std::initializer_list<std::string_view>;

  /// Up to the tag that begins with one of `ends`, which is left at its name; up to the end of the template where there
  /// are none.
  ast::Block parse_body(EndNames ends) {
    const Nesting nesting(*this);
    ast::Block body;
    while (peek().kind != TokenKind::kEnd) {
      const int line = peek().line;
      if (peek().kind == TokenKind::kData) {
        body.push_back({line, ast::Data{next().text}});
      } else if (peek().kind == TokenKind::kVariableBegin) {
        next();
        body.push_back({line, ast::Print{parse_tuple({})}});
        expect(TokenKind::kVariableEnd, "'}}'");
      } else {
        expect(TokenKind::kBlockBegin, "'{%'");
        if (at_any_name(ends)) return body;
        parse_statement(body);
        expect(TokenKind::kBlockEnd, "'%}'");
      }
    }
    if (ends.size() > 0) fail(fmt::format("the template ends, but '{}' is missing", *(ends.end() - 1)));
    return body;
  }

  /// The rest of a tag, then the body it begins.
  ast::Block parse_block(EndNames ends) {
    skip_operator(":");
    expect(TokenKind::kBlockEnd, "'%}'");
    return parse_body(ends);
  }

  /// Likewise, and the name that ends it.
  ast::Block parse_whole_block(std::string_view end) {
    ast::Block body = parse_block({end});
    next();
    return body;
  }

  /// A body that Jinja compiles as a frame of its own: unknown filters in it are not forgiven by a condition outside.
  ast::Block parse_framed_block(EndNames ends) {
    const std::size_t unknown = unknown_.size();
    ast::Block body = parse_block(ends);
    for (std::size_t i = unknown; i < unknown_.size(); ++i) unknown_[i].hard = true;
    return body;
  }

  void parse_statement(ast::Block& body) {
    const int line = peek().line;
    if (peek().kind != TokenKind::kName) fail_expected("the name of a tag");
    const std::string tag = next().text;
    if (tag == "print") return parse_print(body, line);
    body.push_back({line, parse_tag(tag)});
  }

  decltype(ast::Statement::node) parse_tag(const std::string& tag) {
    if (tag == "if") return parse_if();
    if (tag == "for") return parse_for();
    if (tag == "set") return parse_set();
    if (tag == "macro") return parse_macro();
    if (tag == "call") return parse_call_block();
    if (tag == "filter") return parse_filter_block();
    if (tag == "with") return parse_with();
    if (tag == "generation") return parse_generation();
    if (tag == "break" || tag == "continue") {
      if (!in_loop_) fail(fmt::format("'{}' outside of a loop", tag));
      if (tag == "break") return ast::Break{};
      return ast::Continue{};
    }
    for (const std::string_view known : {"include", "import", "from", "extends", "block", "autoescape"}) {
      if (tag == known) fail(fmt::format("the tag '{}' is not supported in a chat template", tag));
    }
    fail(fmt::format("unknown tag '{}'", tag.substr(0, 60)));
  }

  void parse_print(ast::Block& body, int line) {
    bool first = true;
    while (peek().kind != TokenKind::kBlockEnd) {
      if (!first) expect_operator(",");
      body.push_back({line, ast::Print{parse_expression()}});
      first = false;
    }
  }

  ast::If parse_if() {
    const std::size_t unknown = unknown_.size();
    ast::If node;
    std::string end = "elif";
    while (end == "elif") {
      ast::Branch branch;
      branch.condition = parse_tuple({false, false, ""});
      branch.body = parse_block({"elif", "else", "endif"});
      node.branches.push_back(std::move(branch));
      end = next().text;
    }
    if (end == "else") node.otherwise = parse_whole_block("endif");
    forgive_unknown(unknown);
    return node;
  }

  ast::For parse_for() {
    ast::For node;
    node.target = parse_targets(false, "in");
    if (!skip_name("in")) fail_expected("'in'");
    node.source = parse_tuple({false, false, "recursive"});
    if (skip_name("if")) node.condition = parse_expression();
    node.recursive = skip_name("recursive");
    const bool outside = std::exchange(in_loop_, true);
    node.body = parse_framed_block({"endfor", "else"});
    in_loop_ = outside;
    if (next().text == "else") {
      node.otherwise = parse_framed_block({"endfor"});
      next();
    }
    return node;
  }

  decltype(ast::Statement::node) parse_set() {
    ast::Target target = parse_targets(true, "");
    if (skip_operator("=")) return ast::Set{std::move(target), parse_tuple({})};
    ast::SetBlock node;
    node.target = std::move(target);
    node.filters = parse_filters(false);
    node.body = parse_framed_block({"endset"});
    next();
    return node;
  }

  std::vector<ast::Parameter> parse_parameters() {
    std::vector<ast::Parameter> parameters;
    expect_operator("(");
    while (!at_operator(")")) {
      if (!parameters.empty()) expect_operator(",");
      ast::Parameter parameter;
      parameter.name = assignable_name();
      for (const auto& other : parameters) {
        if (other.name == parameter.name) fail(fmt::format("the parameter '{}' stands there twice", parameter.name));
      }
      if (skip_operator("=")) {
        parameter.otherwise = parse_expression();
      } else if (!parameters.empty() && parameters.back().otherwise) {
        fail("non-default argument follows default argument");
      }
      parameters.push_back(std::move(parameter));
    }
    expect_operator(")");
    return parameters;
  }

  /// Parameters are given; reads the body and finds which special variables it uses.
  void parse_macro_body(ast::MacroDefinition& macro, std::string_view end) {
    const SpecialUses around = std::exchange(uses_, SpecialUses{});
    const bool outside = std::exchange(in_loop_, false);
    macro.body = parse_framed_block({end});
    next();
    in_loop_ = outside;
    const auto used = [&](bool SpecialUses::*which, std::string_view name) {
      return uses_.*which && std::none_of(macro.parameters.begin(), macro.parameters.end(),
                                          [name](const auto& p) { return p.name == name; });
    };
    macro.uses_caller = used(&SpecialUses::caller, "caller");
    macro.uses_kwargs = used(&SpecialUses::kwargs, "kwargs");
    macro.uses_varargs = used(&SpecialUses::varargs, "varargs");
    uses_ = {around.caller || uses_.caller, around.kwargs || uses_.kwargs, around.varargs || uses_.varargs};
  }

  ast::Macro parse_macro() {
    ast::Macro node;
    node.definition.name = assignable_name();
    node.definition.parameters = parse_parameters();
    parse_macro_body(node.definition, "endmacro");
    return node;
  }

  ast::CallBlock parse_call_block() {
    ast::CallBlock node;
    node.caller.name = "caller";
    if (at_operator("(")) node.caller.parameters = parse_parameters();
    node.call = parse_expression();
    const auto* postfix = std::get_if<ast::Postfix>(&node.call->node);
    if (postfix == nullptr || !std::holds_alternative<ast::CallStep>(postfix->steps.back().what))
      fail("expected a call in a call block");
    parse_macro_body(node.caller, "endcall");
    return node;
  }

  ast::FilterBlock parse_filter_block() {
    ast::FilterBlock node;
    node.filters = parse_filters(true);
    node.body = parse_framed_block({"endfilter"});
    next();
    return node;
  }

  ast::With parse_with() {
    ast::With node;
    while (peek().kind != TokenKind::kBlockEnd) {
      if (!node.variables.empty()) expect_operator(",");
      ast::Target target = parse_targets(false, "");
      expect_operator("=");
      node.variables.emplace_back(std::move(target), parse_expression());
    }
    node.body = parse_framed_block({"endwith"});
    next();
    return node;
  }

  ast::Generation parse_generation() {
    const bool outside = std::exchange(in_loop_, false);
    ast::Generation node{parse_framed_block({"endgeneration"})};
    next();
    in_loop_ = outside;
    return node;
  }

  std::string assignable_name() {
    std::string name = expect_name();
    for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
      if (name == constant) fail(fmt::format("can't assign to '{}'", name));
    }
    return name;
  }

  ast::Target parse_target(bool namespaces) {
    if (skip_operator("(")) {
      ast::Target target = parse_targets(namespaces, "");
      expect_operator(")");
      return target;
    }
    ast::Target target;
    target.name = assignable_name();
    if (namespaces && skip_operator(".")) target.attribute = expect_name();
    return target;
  }

  /// One target, or several with commas between them. `end_name` ends them after a comma.
  ast::Target parse_targets(bool namespaces, std::string_view end_name) {
    const Nesting nesting(*this);
    ast::Target first = parse_target(namespaces);
    if (!at_operator(",")) return first;
    ast::Target tuple;
    tuple.is_tuple = true;
    tuple.several.push_back(std::move(first));
    while (skip_operator(",")) {
      if (at_operator("=") || at_operator(")") || peek().kind == TokenKind::kBlockEnd ||
          (!end_name.empty() && at_name(end_name)))
        break;
      tuple.several.push_back(parse_target(namespaces));
    }
    return tuple;
  }

  bool in_loop_ = false;
};

}  // namespace

ast::Block parse_template(std::string_view source, int max_depth) {
  return StatementParser(tokenize(source), max_depth).parse();
}

}  // namespace hearth::jinja
