// The variables of a template, of one turn of a loop, of a macro's call …: names are looked up from the innermost
// outwards.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

struct Scope {
  explicit Scope(std::shared_ptr<Scope> outer) : parent(std::move(outer)) {}

  const Value* find(std::string_view name) const {
    for (const auto& [known, value] : variables) {
      if (known == name) return &value;
    }
    return nullptr;
  }
  void set(std::string_view name, Value value) {
    for (auto& [known, old] : variables) {
      if (known == name) {
        old = std::move(value);
        return;
      }
    }
    variables.emplace_back(name, std::move(value));
  }

  std::shared_ptr<Scope> parent;
  std::vector<std::pair<std::string_view, Value>> variables;  ///< the names live in the program or in the inputs
  bool kept = false;                                          ///< Runtime::keep has it
};

}  // namespace hearth::jinja
