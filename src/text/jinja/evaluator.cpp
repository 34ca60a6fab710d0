// The interpreter's expressions.
#include <fmt/format.h>

#include <utility>

#include "text/jinja/globals.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/subscript.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {

Value Interpreter::evaluate(const ast::Expression& expression) {
  const Runtime::Nesting nesting(runtime_);
  runtime_.step();
  runtime_.set_line(expression.line);
  return std::visit([this](const auto& node) -> Value { return (*this)(node); }, expression.node);
}

Value Interpreter::operator()(const ast::Literal& node) { return node.value; }
Value Interpreter::operator()(const ast::Name& node) { return look_up(node.name); }

Value Interpreter::look_up(const std::string& name) {
  for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    runtime_.step(scope->variables.size() / 32);
    if (const Value* found = scope->find(name)) return *found;
  }
  if (auto global = find_global(runtime_, name)) return *std::move(global);
  return runtime_.undefined(fmt::format("'{}' is undefined", name.substr(0, 60)));
}

Value Interpreter::operator()(const ast::ListDisplay& node) {
  std::vector<Value> items;
  items.reserve(node.items.size());
  for (const auto& item : node.items) items.push_back(evaluate(*item));
  return node.tuple ? runtime_.tuple(std::move(items)) : runtime_.list(std::move(items));
}

Value Interpreter::operator()(const ast::DictDisplay& node) {
  DictObject dict;
  for (const auto& [key_expression, value_expression] : node.items) {
    Value key = evaluate(*key_expression);
    runtime_.require_hashable(key);
    dict.set(std::move(key), evaluate(*value_expression));
  }
  return runtime_.dict(std::move(dict));
}

Value Interpreter::operator()(const ast::BinaryChain& node) {
  Value value = evaluate(*node.first);
  for (const auto& [op, operand] : node.rest) {
    const Value right = evaluate(*operand);
    value = apply(runtime_, op, value, right);
  }
  return value;
}

Value Interpreter::operator()(const ast::Concatenation& node) {
  Text text;
  for (const auto& part : node.parts) append_text(runtime_, text, evaluate(*part));
  return runtime_.string(std::move(text));
}

Value Interpreter::operator()(const ast::ComparisonChain& node) {
  Value left = evaluate(*node.first);
  for (const auto& [comparison, operand] : node.rest) {
    Value right = evaluate(*operand);
    if (!compare(runtime_, comparison, left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Interpreter::operator()(const ast::Logical& node) {
  Value value;
  for (const auto& operand : node.operands) {
    value = evaluate(*operand);
    if (is_true(value) == node.is_or) break;
  }
  return value;
}

Value Interpreter::operator()(const ast::Unary& node) {
  const Value value = evaluate(*node.operand);
  switch (node.op) {
    case ast::UnaryOperator::kNegative: return negate(runtime_, value);
    case ast::UnaryOperator::kPositive: return positive(runtime_, value);
    case ast::UnaryOperator::kNot: break;
  }
  return Value(!is_true(value));
}

Value Interpreter::operator()(const ast::Conditional& node) {
  if (is_true(evaluate(*node.condition))) return evaluate(*node.then);
  if (node.otherwise) return evaluate(*node.otherwise);
  return runtime_.undefined("an inline if-expression evaluated to false and has no else section");
}

Value Interpreter::operator()(const ast::Postfix& node) { return evaluate_postfix(node, nullptr); }

Value Interpreter::evaluate_postfix(const ast::Postfix& node, const Value* caller) {
  Value value = evaluate(*node.base);
  for (const ast::Step& step : node.steps) {
    const bool last = &step == &node.steps.back();
    Value next = take_step(value, step, last ? caller : nullptr);
    value = std::move(next);
  }
  return value;
}

Value Interpreter::take_steps(Value value, const std::vector<ast::Step>& steps) {
  for (const ast::Step& step : steps) {
    Value next = take_step(value, step, nullptr);
    value = std::move(next);
  }
  return value;
}

Value Interpreter::optional_value(const ast::ExpressionPtr& expression) {
  return expression ? evaluate(*expression) : Value();
}

Value Interpreter::take_step(const Value& value, const ast::Step& step, const Value* caller) {
  runtime_.step();
  if (const auto* attribute = std::get_if<ast::AttributeStep>(&step.what)) {
    runtime_.set_line(step.line);
    return get_attribute(runtime_, value, attribute->name);
  }
  if (const auto* item = std::get_if<ast::ItemStep>(&step.what)) {
    const Value key = evaluate(*item->key);
    runtime_.set_line(step.line);
    return get_item(runtime_, value, key);
  }
  if (const auto* slice = std::get_if<ast::SliceStep>(&step.what)) {
    const Value start = optional_value(slice->start);
    const Value stop = optional_value(slice->stop);
    const Value stride = optional_value(slice->step);
    runtime_.set_line(step.line);
    return get_slice(runtime_, value, start, stop, stride);
  }
  if (const auto* invocation = std::get_if<ast::CallStep>(&step.what)) {
    Arguments arguments = evaluate_arguments(invocation->arguments);
    if (caller != nullptr) arguments.named.emplace_back("caller", *caller);
    runtime_.set_line(step.line);
    return call(runtime_, value, std::move(arguments));
  }
  if (const auto* filter = std::get_if<ast::FilterStep>(&step.what)) {
    runtime_.set_line(step.line);
    if (filter->filter == nullptr)
      runtime_.fail(fmt::format("No filter named '{}' found.", filter->name.substr(0, 60)));
    const Arguments arguments = evaluate_arguments(filter->arguments);
    runtime_.set_line(step.line);
    return filter->filter(runtime_, value, arguments);
  }
  const auto& test = std::get<ast::TestStep>(step.what);
  runtime_.set_line(step.line);
  if (test.predicate == nullptr) runtime_.fail(fmt::format("No test named '{}' found.", test.name.substr(0, 60)));
  const Arguments arguments = evaluate_arguments(test.arguments);
  runtime_.set_line(step.line);
  return Value(test.predicate(runtime_, value, arguments) != test.negated);
}

Arguments Interpreter::evaluate_arguments(const ast::CallArguments& arguments) {
  Arguments out;
  for (const auto& argument : arguments.positional) out.positional.push_back(evaluate(*argument));
  for (const auto& [name, argument] : arguments.named) out.named.emplace_back(name, evaluate(*argument));
  if (arguments.unpacked) {
    for (Value& item : collect(runtime_, evaluate(*arguments.unpacked))) out.positional.push_back(std::move(item));
  }
  if (arguments.unpacked_named) {
    const Value mapping = evaluate(*arguments.unpacked_named);
    if (mapping.dict() == nullptr) runtime_.fail("argument after ** must be a mapping");
    for (const auto& [key, value] : mapping.dict()->entries()) {
      runtime_.step();
      out.named.emplace_back(require_string(runtime_, key).text.view(), value);
    }
  }
  return out;
}

}  // namespace hearth::jinja
