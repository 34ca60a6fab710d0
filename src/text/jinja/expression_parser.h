// The half of the parser that reads expressions; the statements build on it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/frame_names.h"
#include "text/jinja/lexer.h"

namespace hearth::jinja {

class ExpressionParser {
 public:
  ExpressionParser(std::vector<Token> tokens, int max_depth) : tokens_(std::move(tokens)), max_depth_(max_depth) {}

 protected:
  /// Held while brackets or blocks are open. Throws SyntaxError beyond max_depth.
  class Nesting {
   public:
    explicit Nesting(ExpressionParser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    ExpressionParser& parser_;
  };

  /// What may end a tuple that has no brackets, beside the end of the tag.
  struct TupleRules {
    bool conditional = true;     ///< whether "a if b" may stand inside
    bool parenthesised = false;  ///< "()" is a tuple only within parentheses
  };

  ast::ExpressionPtr parse_tuple(const TupleRules& rules);
  ast::ExpressionPtr parse_expression(bool conditional = true);
  /// "|name(…)" as often as it comes; the first without its "|" where `inline_first`.
  std::vector<ast::Step> parse_filters(bool inline_first);

  const Token& peek(std::size_t ahead = 0) const;
  Token next();
  bool at_operator(std::string_view text, std::size_t ahead = 0) const;
  bool at_name(std::string_view name, std::size_t ahead = 0) const;
  bool at_any_name(std::initializer_list<std::string_view> names) const;
  bool skip_operator(std::string_view text);
  bool skip_name(std::string_view name);
  void expect_operator(std::string_view text);
  void expect(TokenKind kind, std::string_view what);
  std::string expect_name();
  [[noreturn]] void fail(std::string what) const;
  [[noreturn]] void fail_expected(std::string_view what) const;

  /// Filters and tests that Jinja does not have. It refuses the template for them, unless they stand where a condition
  /// may never lead: there they are an error only when they are reached.
  struct UnknownName {
    int line;
    std::string what;
    bool hard;  ///< a block began between it and the condition around, which ends the forgiveness
  };
  std::vector<UnknownName> unknown_;
  void forgive_unknown(std::size_t since);

  /// Which of a macro's special variables were read since they were last reset.
  struct SpecialUses {
    bool caller = false, kwargs = false, varargs = false;
  };
  SpecialUses uses_;
  FrameNames names_;

 private:
  ast::ExpressionPtr make(int line, decltype(ast::Expression::node) node) const;
  ast::ExpressionPtr parse_conditional();
  ast::ExpressionPtr parse_or();
  ast::ExpressionPtr parse_and();
  ast::ExpressionPtr parse_not();
  ast::ExpressionPtr parse_comparison();
  ast::ExpressionPtr parse_sum();
  ast::ExpressionPtr parse_concatenation();
  ast::ExpressionPtr parse_product();
  ast::ExpressionPtr parse_power();
  ast::ExpressionPtr parse_unary(bool with_filters);
  ast::ExpressionPtr parse_primary();
  ast::ExpressionPtr parse_name();
  ast::ExpressionPtr parse_list();
  ast::ExpressionPtr parse_dict();
  using Operators = std::initializer_list<std::pair<std::string_view, BinaryOperator>>;
  ast::ExpressionPtr parse_chain(const Operators& operators, ast::ExpressionPtr (ExpressionParser::*operand)());
  ast::ExpressionPtr parse_signed() { return parse_unary(true); }

  ast::ExpressionPtr parse_postfix(ast::ExpressionPtr base, bool with_filters);
  bool parse_subscript_step(std::vector<ast::Step>& steps);
  ast::Step parse_subscript();
  ast::ItemStep item_of(ast::ExpressionPtr key) const;
  ast::Step parse_filter();
  ast::Step parse_test();
  std::string parse_dotted_name();
  ast::CallArguments parse_arguments();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int max_depth_;
};

}  // namespace hearth::jinja
