#include <memory>
#include <optional>
#include <utility>

#include "text/jinja/interpreter.h"
#include "text/jinja/iteration.h"
#include "text/jinja/loop.h"
#include "text/jinja/operators.h"

namespace hearth::jinja {

Interpreter::Flow Interpreter::operator()(const ast::For& node) { return run_loop(node, evaluate(*node.source), 0); }

Interpreter::Flow Interpreter::run_loop(const ast::For& node, const Value& source, int depth) {
  Iteration items(runtime_, source);
  const std::shared_ptr<Scope> outer = scope_;
  // The condition is asked item by item, as the loop comes to them: the body may change what it sees.
  const auto pull = [&]() -> std::optional<Value> {
    while (auto item = items.next()) {
      if (!node.condition) return item;
      const Swap to_scope(scope_, std::make_shared<Scope>(outer));
      assign(node.target, *item);
      if (is_true(evaluate(*node.condition))) return item;
    }
    return std::nullopt;
  };
  LoopObject::Recurse recurse;
  if (node.recursive) {
    recurse = [&](const Value& inner) {
      Output output;
      const Swap to_output(output_, &output);
      const Swap to_scope(scope_, outer);
      run_loop(node, inner, depth + 1);
      return runtime_.string(std::move(output.text));
    };
  }
  const auto loop = runtime_.make<LoopObject>(pull, recurse, source.depth(), depth);
  struct Finish {
    LoopObject& object;
    ~Finish() { object.finish(); }
  } const finish{*loop};
  const Value loop_value{Value::ObjectPtr(loop)};
  bool completed = false;
  while (const auto item = loop->advance()) {
    const Flow flow = run_loop_body(node, *item, loop_value);
    if (flow == Flow::kBreak) break;
    // As in Jinja, a turn that ends by break or continue does not count for the else.
    completed = completed || flow == Flow::kNormal;
  }
  return completed ? Flow::kNormal : execute_scoped(node.otherwise);
}

Interpreter::Flow Interpreter::run_loop_body(const ast::For& node, const Value& item, const Value& loop) {
  const Swap to_scope(scope_, new_scope(scope_, node.body.frame));
  assign(node.target, item);
  scope_->set("loop", loop);
  return execute(node.body.statements);
}

}  // namespace hearth::jinja
