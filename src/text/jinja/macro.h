// A macro, or the `caller` of a call block: a body with parameters that sees the variables around its definition.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "text/jinja/ast.h"
#include "text/jinja/scope.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

class MacroObject final : public Object {
 public:
  /// The interpreter and the definition outlive every call. REQUIRES: Runtime::keep has the scope.
  MacroObject(Interpreter& interpreter, const ast::MacroDefinition& definition, std::shared_ptr<Scope> scope)
      : interpreter_(interpreter), definition_(definition), scope_(std::move(scope)) {}

  std::string_view type_name() const override { return "Macro"; }
  bool callable() const override { return true; }
  /// What the body writes. Errors: for arguments that it does not take.
  Value call(Runtime& runtime, Arguments arguments) override;
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  std::string repr(Runtime& runtime) override;

 private:
  void bind(Runtime& runtime, Arguments& arguments, const std::shared_ptr<Scope>& inner);

  Interpreter& interpreter_;
  const ast::MacroDefinition& definition_;
  std::shared_ptr<Scope> scope_;
};

}  // namespace hearth::jinja
