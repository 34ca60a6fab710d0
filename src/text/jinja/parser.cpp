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

  ast::Template parse() {
    ast::Template result;
    result.body = parse_body({});
    if (!unknown_.empty()) throw SyntaxError{unknown_.front().line, unknown_.front().what};
    result.unset = names_.unset();
    return result;
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

  /// The body of the frame that was just entered: unknown filters in it are not forgiven by a condition outside.
  ast::ScopedBlock parse_framed_block(EndNames ends) {
    const std::size_t unknown = unknown_.size();
    ast::ScopedBlock body{parse_block(ends), names_.current()};
    for (std::size_t i = unknown; i < unknown_.size(); ++i) unknown_[i].hard = true;
    return body;
  }

  /// Likewise, with the name that ends it, in a new frame.
  ast::ScopedBlock parse_whole_frame(std::string_view end) {
    const FrameNames::Inside frame(names_);
    ast::ScopedBlock body = parse_framed_block({end});
    next();
    return body;
  }

  /// The names of a target become the current frame's: assigned, or its parameters.
  void declare(const ast::Target& target, bool parameter) {
    for (const ast::Target& part : target.several) declare(part, parameter);
    if (target.is_tuple) return;
    if (parameter || !target.attribute.empty()) {
      names_.mention(target.name);
    } else {
      names_.assign(target.name);
    }
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
      branch.condition = parse_tuple({false, false});
      const FrameNames::Conditional conditional(names_);
      branch.body = parse_block({"elif", "else", "endif"});
      node.branches.push_back(std::move(branch));
      end = next().text;
    }
    if (end == "else") {
      const FrameNames::Conditional conditional(names_);
      node.otherwise = parse_whole_block("endif");
    }
    forgive_unknown(unknown);
    return node;
  }

  ast::For parse_for() {
    ast::For node;
    ++for_statements_;
    node.target = parse_targets(false);
    if (!skip_name("in")) fail_expected("'in'");
    node.source = parse_tuple({false, false});
    if (skip_name("if")) {
      const FrameNames::Inside frame(names_);
      declare(node.target, true);
      node.condition = parse_expression();
    }
    node.recursive = skip_name("recursive");
    {
      const FrameNames::Inside frame(names_);
      declare(node.target, true);
      names_.mention("loop");
      const bool outside = std::exchange(in_loop_, true);
      node.body = parse_framed_block({"endfor", "else"});
      in_loop_ = outside;
    }
    if (next().text == "else") node.otherwise = parse_whole_frame("endfor");
    --for_statements_;
    return node;
  }

  decltype(ast::Statement::node) parse_set() {
    ast::Target target = parse_targets(true);
    if (skip_operator("=")) {
      ast::Set node{std::move(target), parse_tuple({})};
      declare(node.target, false);  // after its value, which may be made from what the name meant before
      return node;
    }
    ast::SetBlock node;
    node.target = std::move(target);
    declare(node.target, false);
    node.filters = parse_filters(false);
    node.body = parse_whole_frame("endset");
    return node;
  }

  std::vector<ast::Parameter> parse_parameters() {
    std::vector<ast::Parameter> parameters;
    expect_operator("(");
    while (!at_operator(")")) {
      if (!parameters.empty()) expect_operator(",");
      ast::Parameter parameter;
      parameter.name = assignable_name();
      names_.mention(parameter.name);
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

  /// Parameters are given, in the frame that was just entered; reads the body and finds which special variables it
  /// uses.
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
    for (const auto& parameter : macro.parameters) {
      if (parameter.name == "caller" && !parameter.otherwise && uses_.caller) {
        fail("a parameter named 'caller' must have a default");
      }
    }
    macro.uses_caller = used(&SpecialUses::caller, "caller");
    macro.uses_kwargs = used(&SpecialUses::kwargs, "kwargs");
    macro.uses_varargs = used(&SpecialUses::varargs, "varargs");
    uses_ = {around.caller || uses_.caller, around.kwargs || uses_.kwargs, around.varargs || uses_.varargs};
  }

  ast::Macro parse_macro() {
    ast::Macro node;
    node.definition.name = assignable_name();
    names_.assign(node.definition.name);
    const FrameNames::Inside frame(names_);
    node.definition.parameters = parse_parameters();
    parse_macro_body(node.definition, "endmacro");
    return node;
  }

  ast::CallBlock parse_call_block() {
    ast::CallBlock node;
    node.caller.name = "caller";
    const FrameNames::Inside frame(names_);
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
    node.body = parse_whole_frame("endfilter");
    return node;
  }

  ast::With parse_with() {
    ast::With node;
    while (peek().kind != TokenKind::kBlockEnd) {
      if (!node.variables.empty()) expect_operator(",");
      ast::Target target = parse_targets(false);
      expect_operator("=");
      node.variables.emplace_back(std::move(target), parse_expression());
    }
    const FrameNames::Inside frame(names_);
    for (const auto& [target, value] : node.variables) declare(target, true);
    node.body = parse_framed_block({"endwith"});
    next();
    return node;
  }

  ast::Generation parse_generation() {
    const bool outside = std::exchange(in_loop_, false);
    ast::Generation node{parse_whole_frame("endgeneration")};
    in_loop_ = outside;
    return node;
  }

  std::string assignable_name() {
    std::string name = expect_name();
    for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
      if (name == constant) fail(fmt::format("can't assign to '{}'", name));
    }
    if (name == "loop" && for_statements_ > 0) fail("can't assign to the special variable 'loop' in a loop");
    return name;
  }

  ast::Target parse_target(bool namespaces) {
    if (skip_operator("(")) {
      ast::Target target = parse_targets(namespaces);
      expect_operator(")");
      return target;
    }
    ast::Target target;
    target.name = assignable_name();
    if (namespaces && skip_operator(".")) target.attribute = expect_name();
    return target;
  }

  /// One target, or several with commas between them.
  ast::Target parse_targets(bool namespaces) {
    const Nesting nesting(*this);
    ast::Target first = parse_target(namespaces);
    if (!at_operator(",")) return first;
    ast::Target tuple;
    tuple.is_tuple = true;
    tuple.several.push_back(std::move(first));
    while (skip_operator(",")) {
      if (at_operator(")") || peek().kind == TokenKind::kBlockEnd) break;
      tuple.several.push_back(parse_target(namespaces));
    }
    return tuple;
  }

  bool in_loop_ = false;    ///< break and continue have a loop to act on
  int for_statements_ = 0;  ///< around, whatever else is between
};

}  // namespace

ast::Template parse_template(std::string_view source, int max_depth) {
  return StatementParser(tokenize(source), max_depth).parse();
}

}  // namespace hearth::jinja
