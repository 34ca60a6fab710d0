// namespace(): the one value that a template may change, by {% set ns.name = … %}.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

class NamespaceObject final : public Object {
 public:
  std::string_view type_name() const override { return "Namespace"; }
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  std::string repr(Runtime& runtime) override;

  void set(Value name, Value value) { values_.set(std::move(name), std::move(value)); }
  const Value* find(const Value& name) const { return values_.find(name); }
  /// Lets go of everything: two namespaces may hold each other.
  void clear() { values_ = DictObject(); }

 private:
  DictObject values_;
};

}  // namespace hearth::jinja
