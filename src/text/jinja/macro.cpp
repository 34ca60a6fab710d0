#include "text/jinja/macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/jinja/arguments.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

/// Moves the named argument out of the list into `value`; false where it is not there.
bool take_named(Arguments& arguments, std::string_view name, Value& value) {
  const auto found = std::find_if(arguments.named.begin(), arguments.named.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (found == arguments.named.end()) return false;
  value = std::move(found->second);
  arguments.named.erase(found);
  return true;
}

}  // namespace

Value MacroObject::call(Runtime& runtime, Arguments arguments) {
  auto inner = interpreter_.new_scope(scope_, definition_.body.frame);
  const int line = runtime.line();
  bind(runtime, arguments, inner);
  Text text = interpreter_.run_in(inner, definition_.body.statements);
  runtime.set_line(line);
  return runtime.string(std::move(text));
}

void MacroObject::bind(Runtime& runtime, Arguments& arguments, const std::shared_ptr<Scope>& inner) {
  const auto& parameters = definition_.parameters;
  const std::size_t given = std::min(arguments.positional.size(), parameters.size());
  runtime.step(1 + parameters.size() * parameters.size() / 32);
  std::vector<const ast::Parameter*> missing;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    Value value;
    if (i < given) {
      value = arguments.positional[i];
    } else if (!take_named(arguments, name, value)) {
      value = runtime.undefined(fmt::format("parameter '{}' was not provided", name));
      missing.push_back(&parameters[i]);
    }
    inner->set(name, std::move(value));
  }
  // Defaults come after all that was given, for they may refer to it.
  for (const ast::Parameter* parameter : missing) {
    if (parameter->otherwise) inner->set(parameter->name, interpreter_.evaluate_in(inner, *parameter->otherwise));
  }
  if (definition_.uses_caller) {
    Value caller;
    if (!take_named(arguments, "caller", caller)) caller = runtime.undefined("No caller defined");
    inner->set("caller", std::move(caller));
  }
  if (definition_.uses_kwargs) {
    DictObject rest;
    for (auto& [name, value] : arguments.named) rest.set(runtime.string(name), std::move(value));
    inner->set("kwargs", runtime.dict(std::move(rest)));
  } else if (!arguments.named.empty()) {
    runtime.fail(
        fmt::format("macro '{}' takes no keyword argument '{}'", definition_.name, arguments.named.front().first));
  }
  if (definition_.uses_varargs) {
    inner->set("varargs", runtime.tuple({arguments.positional.begin() + static_cast<std::ptrdiff_t>(given),
                                         arguments.positional.end()}));
  } else if (arguments.positional.size() > parameters.size()) {
    runtime.fail(fmt::format("macro '{}' takes not more than {} argument(s)", definition_.name, parameters.size()));
  }
}

std::optional<Value> MacroObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "name") return runtime.string(definition_.name);
  if (name == "caller") return Value(definition_.uses_caller);
  if (name == "catch_kwargs") return Value(definition_.uses_kwargs);
  if (name == "catch_varargs") return Value(definition_.uses_varargs);
  if (name != "arguments") return std::nullopt;
  std::vector<Value> names;
  for (const ast::Parameter& parameter : definition_.parameters) names.push_back(runtime.string(parameter.name));
  return runtime.tuple(std::move(names));
}

std::string MacroObject::repr(Runtime& /*runtime*/) { return fmt::format("<Macro '{}'>", definition_.name); }

}  // namespace hearth::jinja
