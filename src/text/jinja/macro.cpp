#include "text/jinja/macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/jinja/arguments.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

/// The named argument, taken out of the list; nothing where it is not there.
std::optional<Value> take_named(Arguments& arguments, std::string_view name) {
  const auto found = std::find_if(arguments.named.begin(), arguments.named.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (found == arguments.named.end()) return std::nullopt;
  std::optional<Value> value(std::move(found->second));
  arguments.named.erase(found);
  return value;
}

}  // namespace

Value MacroObject::call(Runtime& runtime, Arguments arguments) {
  auto inner = std::make_shared<Scope>(scope_);
  const int line = runtime.line();
  bind(runtime, arguments, inner);
  Text text = interpreter_.run_in(inner, definition_.body);
  runtime.set_line(line);
  return runtime.string(std::move(text));
}

void MacroObject::bind(Runtime& runtime, Arguments& arguments, const std::shared_ptr<Scope>& inner) {
  const auto& parameters = definition_.parameters;
  const std::size_t given = std::min(arguments.positional.size(), parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const ast::Parameter& parameter = parameters[i];
    runtime.step(1 + parameters.size() / 32);
    std::optional<Value> value;
    if (i < given) {
      value = arguments.positional[i];
    } else {
      value = take_named(arguments, parameter.name);
    }
    if (!value && parameter.otherwise) value = interpreter_.evaluate_in(inner, *parameter.otherwise);
    inner->set(parameter.name, value
                                   ? *std::move(value)
                                   : runtime.undefined(fmt::format("parameter '{}' was not provided", parameter.name)));
  }
  if (definition_.uses_caller) {
    auto caller = take_named(arguments, "caller");
    inner->set("caller", caller ? *std::move(caller) : runtime.undefined("No caller defined"));
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
