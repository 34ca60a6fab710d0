// The variable `loop`: where a for statement stands. It looks ahead only as far as it is asked.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

class LoopObject final : public Object {
 public:
  using Pull = std::function<std::optional<Value>()>;
  using Recurse = std::function<Value(const Value& source)>;

  /// `pull` gives the items; `recurse` is what loop(items) does, empty where the loop is not recursive.
  LoopObject(Pull pull, Recurse recurse, int source_depth, int level)
      : pull_(std::move(pull)), recurse_(std::move(recurse)), source_depth_(source_depth), level_(level) {}

  /// Goes to the next item. REQUIRES: finish() was not called.
  std::optional<Value> advance();
  /// The loop is over: lets go of what `pull` and `recurse` refer to. What the object knows stays readable.
  void finish();

  std::string_view type_name() const override { return "LoopContext"; }
  int depth() const override { return source_depth_ + 1; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override;
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  std::string repr(Runtime& runtime) override;

  Value cycle(Runtime& runtime, const Arguments& arguments) const;
  Value changed(Runtime& runtime, const Arguments& arguments);

 private:
  std::optional<Value> pull();
  const Value* look_ahead();
  std::int64_t length();

  Pull pull_;
  Recurse recurse_;
  int source_depth_;
  int level_;
  std::int64_t index_ = -1;
  std::optional<Value> previous_;
  std::optional<Value> current_;
  std::deque<Value> ahead_;
  std::optional<std::int64_t> length_;
  std::optional<Value> last_changed_;
  bool finished_ = false;
};

}  // namespace hearth::jinja
