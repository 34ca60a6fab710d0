#include "text/jinja/namespace.h"

#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {

std::optional<Value> NamespaceObject::attribute(Runtime& /*runtime*/, std::string_view name) {
  const Value* value = values_.find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::string NamespaceObject::repr(Runtime& runtime) {
  Text out("<Namespace {");
  bool first = true;
  for (const auto& [name, value] : values_.entries()) {
    if (!first) runtime.append(out, ", ");
    runtime.append(out, jinja::repr(runtime, name));
    runtime.append(out, ": ");
    runtime.append(out, jinja::repr(runtime, value));
    first = false;
  }
  runtime.append(out, "}>");
  return std::move(out).release().first;
}

}  // namespace hearth::jinja
