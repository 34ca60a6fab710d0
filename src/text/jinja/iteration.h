// Going through a value as Python's for does: characters, items, keys, or what a generator still has.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Iteration {
 public:
  /// Errors: "'int' object is not iterable"; a `role` of "container" words it for the `in` operator.
  Iteration(Runtime& runtime, Value source, std::string_view role = "");
  std::optional<Value> next();

 private:
  Runtime* runtime_;
  Value source_;
  std::size_t at_ = 0;
};

bool is_iterable(const Value& value);
/// list(value).
std::vector<Value> collect(Runtime& runtime, const Value& source);

/// Items made when they are asked for, once: what map, select, items … give in Jinja.
class GeneratorObject final : public Object {
 public:
  using Pull = std::function<std::optional<Value>(Runtime&)>;
  /// `depth` is that of the values that `pull` holds.
  GeneratorObject(Pull pull, int depth, std::string_view type_name = "generator")
      : pull_(std::move(pull)), depth_(depth + 1), type_name_(type_name) {}

  std::string_view type_name() const override { return type_name_; }
  int depth() const override { return depth_; }
  bool iterable() const override { return true; }
  std::optional<Value> next(Runtime& runtime) override;

 private:
  Pull pull_;
  int depth_;
  std::string_view type_name_;
  bool finished_ = false;
};

/// A generator over `source` whose every item `pull` derives from the iteration it is given.
Value make_generator(Runtime& runtime, const Value& source,
                     std::function<std::optional<Value>(Runtime&, Iteration&)> pull);
/// A Python iterator over items that are there already.
Value make_iterator(Runtime& runtime, std::vector<Value> items, std::string_view type_name);

}  // namespace hearth::jinja
