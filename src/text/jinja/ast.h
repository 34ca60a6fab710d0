// The parsed template: statements and expressions as plain data. Chains (a + b + c, x.y[z]|f) are lists and not nests,
// so that depth is that of brackets and blocks only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/filters.h"
#include "text/jinja/operators.h"
#include "text/jinja/predicates.h"
#include "text/jinja/value.h"

namespace hearth::jinja::ast {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Block = std::vector<Statement>;

// ---- expressions ----

struct Literal {
  Value value;
};
struct Name {
  std::string name;
};
struct ListDisplay {
  std::vector<ExpressionPtr> items;
  bool tuple = false;
};
struct DictDisplay {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items;
};
/// first op operand op operand …, from left to right.
struct BinaryChain {
  ExpressionPtr first;
  std::vector<std::pair<BinaryOperator, ExpressionPtr>> rest;
};
struct Concatenation {
  std::vector<ExpressionPtr> parts;
};
/// first < operand <= operand …: each with the one before it.
struct ComparisonChain {
  ExpressionPtr first;
  std::vector<std::pair<Comparison, ExpressionPtr>> rest;
};
/// and, or: the value that decides.
struct Logical {
  bool is_or = false;
  std::vector<ExpressionPtr> operands;
};
enum class UnaryOperator { kNot, kNegative, kPositive };
struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};
struct Conditional {
  ExpressionPtr condition;
  ExpressionPtr then;
  ExpressionPtr otherwise;  ///< may be null
};

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr unpacked;        ///< *list; may be null
  ExpressionPtr unpacked_named;  ///< **dict; may be null
};

struct AttributeStep {
  std::string name;
};
struct ItemStep {
  ExpressionPtr key;
};
struct SliceStep {
  ExpressionPtr start, stop, step;  ///< each may be null
};
struct CallStep {
  CallArguments arguments;
};
struct FilterStep {
  std::string name;
  Filter filter = nullptr;  ///< null where there is none of that name: an error when it is reached
  CallArguments arguments;
};
struct TestStep {
  std::string name;
  Predicate predicate = nullptr;  ///< likewise
  CallArguments arguments;
  bool negated = false;
};
struct Step {
  int line;
  std::variant<AttributeStep, ItemStep, SliceStep, CallStep, FilterStep, TestStep> what;
};
/// base.name[key](…)|filter is test …
struct Postfix {
  ExpressionPtr base;
  std::vector<Step> steps;
};

struct Expression {
  int line;
  std::variant<Literal, Name, ListDisplay, DictDisplay, BinaryChain, Concatenation, ComparisonChain, Logical, Unary,
               Conditional, Postfix>
      node;
};

// ---- statements ----

/// What an assignment or a loop gives values to: a name, ns.attribute, or several targets.
struct Target {
  std::string name;
  std::string attribute;        ///< of the namespace `name`; empty for a plain name
  std::vector<Target> several;  ///< unpacked into, where this is a tuple
  bool is_tuple = false;
};

/// A block with variables of its own. `frame` numbers it within the template.
struct ScopedBlock {
  Block statements;
  std::size_t frame = 0;
};

struct Data {
  std::string text;
};
struct Print {
  ExpressionPtr value;
};
struct Branch {
  ExpressionPtr condition;
  Block body;
};
struct If {
  std::vector<Branch> branches;
  Block otherwise;
};
struct For {
  Target target;
  ExpressionPtr source;
  ExpressionPtr condition;  ///< may be null
  bool recursive = false;
  ScopedBlock body;
  ScopedBlock otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  std::vector<Step> filters;
  ScopedBlock body;
};
struct Parameter {
  std::string name;
  ExpressionPtr otherwise;  ///< may be null
};
struct MacroDefinition {
  std::string name;
  std::vector<Parameter> parameters;
  bool uses_caller = false;
  bool uses_kwargs = false;
  bool uses_varargs = false;
  ScopedBlock body;
};
struct Macro {
  MacroDefinition definition;
};
struct CallBlock {
  MacroDefinition caller;
  ExpressionPtr call;  ///< a Postfix that ends in a CallStep
};
struct FilterBlock {
  std::vector<Step> filters;
  ScopedBlock body;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> variables;
  ScopedBlock body;
};
/// {% generation %}: a scope of its own, and otherwise only what it contains.
struct Generation {
  ScopedBlock body;
};
struct Break {};
struct Continue {};

struct Statement {
  int line;
  std::variant<Data, Print, If, For, Set, SetBlock, Macro, CallBlock, FilterBlock, With, Generation, Break, Continue>
      node;
};

struct Template {
  Block body;  ///< frame 0
  /// By frame: the names that it assigns before anything else in it or in the frames around it mentions them. Jinja
  /// takes those for undefined from the frame's beginning, even where the template was given a variable of that name.
  std::vector<std::vector<std::string>> unset;
};

}  // namespace hearth::jinja::ast
