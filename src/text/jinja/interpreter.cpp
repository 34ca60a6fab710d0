#include "text/jinja/interpreter.h"

#include <fmt/format.h>

#include <utility>

#include "text/jinja/globals.h"
#include "text/jinja/iteration.h"
#include "text/jinja/macro.h"
#include "text/jinja/namespace.h"
#include "text/jinja/operators.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {

Interpreter::Interpreter(Runtime& runtime, const ast::Template& program, std::shared_ptr<Scope> variables)
    : runtime_(runtime), program_(program), unset_(program.unset.size()), scope_(std::move(variables)) {
  for (std::size_t i = 0; i < unset_.size(); ++i) {
    for (const std::string& name : program.unset[i]) {
      if (scope_->find(name) != nullptr || is_global(name)) unset_[i].push_back(name);
    }
  }
}

std::shared_ptr<Scope> Interpreter::new_scope(std::shared_ptr<Scope> around, std::size_t frame) {
  auto scope = std::make_shared<Scope>(std::move(around));
  for (const std::string_view name : unset_[frame])
    scope->set(name, runtime_.undefined(fmt::format("'{}' is undefined", name)));
  return scope;
}

Text Interpreter::run() { return run_in(new_scope(scope_, 0), program_.body); }

Text Interpreter::run_in(const std::shared_ptr<Scope>& scope, const ast::Block& block) {
  Output output;
  const Swap to_scope(scope_, scope);
  const Swap to_output(output_, &output);
  execute(block);
  return std::move(output.text);
}

Value Interpreter::evaluate_in(const std::shared_ptr<Scope>& scope, const ast::Expression& expression) {
  const Swap to_scope(scope_, scope);
  return evaluate(expression);
}

Interpreter::Flow Interpreter::execute(const ast::Block& block) {
  const Runtime::Nesting nesting(runtime_);
  for (const ast::Statement& statement : block) {
    const Flow flow = execute_statement(statement);
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute_statement(const ast::Statement& statement) {
  runtime_.step();
  runtime_.set_line(statement.line);
  return std::visit([this](const auto& node) -> Flow { return (*this)(node); }, statement.node);
}

Interpreter::Flow Interpreter::execute_scoped(const ast::ScopedBlock& block) {
  const Swap to_scope(scope_, new_scope(scope_, block.frame));
  return execute(block.statements);
}

void Interpreter::emit(const Text& text) {
  runtime_.grow(output_->charge, text.size() + text.untrusted().size() * sizeof(Text::Range));
  runtime_.append(output_->text, text);
}

Interpreter::Flow Interpreter::capture(const ast::ScopedBlock& block, Text& captured) {
  Output output;
  Flow flow = Flow::kNormal;
  {
    const Swap to_output(output_, &output);
    flow = execute_scoped(block);
  }
  captured = std::move(output.text);
  return flow;
}

Interpreter::Flow Interpreter::operator()(const ast::Data& node) {
  runtime_.grow(output_->charge, node.text.size());
  runtime_.append(output_->text, node.text);
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::operator()(const ast::Print& node) {
  const Value value = evaluate(*node.value);
  if (const StringObject* string = value.string()) {
    emit(string->text);
  } else {
    emit(to_text(runtime_, value));
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::operator()(const ast::If& node) {
  for (const ast::Branch& branch : node.branches) {
    if (is_true(evaluate(*branch.condition))) return execute(branch.body);
  }
  return execute(node.otherwise);
}

Interpreter::Flow Interpreter::operator()(const ast::Set& node) {
  assign(node.target, evaluate(*node.value));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::operator()(const ast::SetBlock& node) {
  Text text;
  const Flow flow = capture(node.body, text);
  if (flow != Flow::kNormal) return flow;
  assign(node.target, take_steps(runtime_.string(std::move(text)), node.filters));
  return flow;
}

Value Interpreter::macro_value(const ast::MacroDefinition& definition) {
  runtime_.keep(scope_);
  return Value(Value::ObjectPtr(runtime_.make<MacroObject>(*this, definition, scope_)));
}

Interpreter::Flow Interpreter::operator()(const ast::Macro& node) {
  scope_->set(node.definition.name, macro_value(node.definition));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::operator()(const ast::CallBlock& node) {
  const Value caller = macro_value(node.caller);
  const Value written = evaluate_postfix(std::get<ast::Postfix>(node.call->node), &caller);
  emit(require_string(runtime_, written).text);
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::operator()(const ast::FilterBlock& node) {
  Text text;
  const Flow flow = capture(node.body, text);
  if (flow != Flow::kNormal) return flow;
  const Value filtered = take_steps(runtime_.string(std::move(text)), node.filters);
  emit(require_string(runtime_, filtered).text);
  return flow;
}

Interpreter::Flow Interpreter::operator()(const ast::With& node) {
  auto inner = new_scope(scope_, node.body.frame);
  std::vector<Value> values;
  for (const auto& [target, expression] : node.variables) values.push_back(evaluate(*expression));
  const Swap to_scope(scope_, std::move(inner));
  for (std::size_t i = 0; i < values.size(); ++i) assign(node.variables[i].first, std::move(values[i]));
  return execute(node.body.statements);
}

Interpreter::Flow Interpreter::operator()(const ast::Generation& node) { return execute_scoped(node.body); }
Interpreter::Flow Interpreter::operator()(const ast::Break& /*node*/) { return Flow::kBreak; }
Interpreter::Flow Interpreter::operator()(const ast::Continue& /*node*/) { return Flow::kContinue; }

void Interpreter::assign(const ast::Target& target, Value value) {
  runtime_.step(1 + scope_->variables.size() / 32);  // names are found by going through them
  if (!target.is_tuple) {
    if (!target.attribute.empty()) return assign_attribute(target, std::move(value));
    return scope_->set(target.name, std::move(value));
  }
  Iteration items(runtime_, value);
  for (std::size_t i = 0; i < target.several.size(); ++i) {
    auto item = items.next();
    if (!item)
      runtime_.fail(fmt::format("not enough values to unpack (expected {}, got {})", target.several.size(), i));
    assign(target.several[i], *std::move(item));
  }
  if (items.next()) runtime_.fail(fmt::format("too many values to unpack (expected {})", target.several.size()));
}

void Interpreter::assign_attribute(const ast::Target& target, Value value) {
  const Value holder = look_up(target.name);
  auto* space = dynamic_cast<NamespaceObject*>(holder.object());
  if (space == nullptr)
    runtime_.fail(fmt::format("cannot assign attribute '{}': '{}' is not a namespace", target.attribute, target.name));
  const Value name = runtime_.string(target.attribute);
  if (space->find(name) == nullptr) runtime_.grow(space->charge, 3 * sizeof(DictObject::Entry));
  space->set(name, std::move(value));
}

}  // namespace hearth::jinja
