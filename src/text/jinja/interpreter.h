// Runs a parsed template: statements write to the output, expressions give values, as Jinja2 3.1 does it in Hugging
// Face's environment. What Jinja has and this refuses by name: include, import, extends, block and autoescape (a prompt
// is one file and no web page), the filters pprint, random, urlize, wordwrap and xmlattr, str.encode, complex numbers
// and integers beyond 64 bits.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/arguments.h"
#include "text/jinja/ast.h"
#include "text/jinja/runtime.h"
#include "text/jinja/scope.h"

namespace hearth::jinja {

class Interpreter {
 public:
  /// `variables`: what the template is given. All three outlive the interpreter.
  Interpreter(Runtime& runtime, const ast::Template& program, std::shared_ptr<Scope> variables);

  /// What the template writes. Errors: kInvalidArgument with the line.
  Text run();

  /// A macro's variables, within those around its definition.
  std::shared_ptr<Scope> new_scope(std::shared_ptr<Scope> around, std::size_t frame);
  /// What a macro's body writes when its variables are `scope`'s.
  Text run_in(const std::shared_ptr<Scope>& scope, const ast::Block& block);
  /// An expression's value among the variables of `scope`.
  Value evaluate_in(const std::shared_ptr<Scope>& scope, const ast::Expression& expression);

 private:
  enum class Flow { kNormal, kBreak, kContinue };
  struct Output {
    Text text;
    Charge charge;
  };
  /// Makes another scope or output current until the end of a C++ scope.
  template <typename T>
  class Swap {
   public:
    Swap(T& variable, T value) : variable_(variable), old_(std::exchange(variable, std::move(value))) {}
    ~Swap() { variable_ = std::move(old_); }
    Swap(const Swap&) = delete;
    Swap& operator=(const Swap&) = delete;

   private:
    T& variable_;
    T old_;
  };

  // statements: interpreter.cpp, loops: interpreter_loops.cpp
  Flow execute(const ast::Block& block);
  Flow execute_statement(const ast::Statement& statement);
  Flow execute_scoped(const ast::ScopedBlock& block);
  Flow operator()(const ast::Data& node);
  Flow operator()(const ast::Print& node);
  Flow operator()(const ast::If& node);
  Flow operator()(const ast::For& node);
  Flow operator()(const ast::Set& node);
  Flow operator()(const ast::SetBlock& node);
  Flow operator()(const ast::Macro& node);
  Flow operator()(const ast::CallBlock& node);
  Flow operator()(const ast::FilterBlock& node);
  Flow operator()(const ast::With& node);
  Flow operator()(const ast::Generation& node);
  Flow operator()(const ast::Break& node);
  Flow operator()(const ast::Continue& node);
  Flow run_loop(const ast::For& node, const Value& source, int depth);
  Flow run_loop_body(const ast::For& node, const Value& item, const Value& loop);
  Flow capture(const ast::ScopedBlock& block, Text& captured);
  void emit(const Text& text);
  void assign(const ast::Target& target, Value value);
  void assign_attribute(const ast::Target& target, Value value);
  Value macro_value(const ast::MacroDefinition& definition);

  // expressions: evaluator.cpp
  Value evaluate(const ast::Expression& expression);
  Value operator()(const ast::Literal& node);
  Value operator()(const ast::Name& node);
  Value operator()(const ast::ListDisplay& node);
  Value operator()(const ast::DictDisplay& node);
  Value operator()(const ast::BinaryChain& node);
  Value operator()(const ast::Concatenation& node);
  Value operator()(const ast::ComparisonChain& node);
  Value operator()(const ast::Logical& node);
  Value operator()(const ast::Unary& node);
  Value operator()(const ast::Conditional& node);
  Value operator()(const ast::Postfix& node);
  /// `caller`: passed on to the last call, where this is what a call block calls.
  Value evaluate_postfix(const ast::Postfix& node, const Value* caller);
  Value take_step(const Value& value, const ast::Step& step, const Value* caller);
  Value take_steps(Value value, const std::vector<ast::Step>& steps);
  Value look_up(const std::string& name);
  Arguments evaluate_arguments(const ast::CallArguments& arguments);
  Value optional_value(const ast::ExpressionPtr& expression);

  Runtime& runtime_;
  const ast::Template& program_;
  std::vector<std::vector<std::string_view>>
      unset_;  ///< of program_.unset, what is also a name of `variables` or a global
  std::shared_ptr<Scope> scope_;
  Output* output_ = nullptr;
};

}  // namespace hearth::jinja
