#include "text/jinja/loop.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "text/jinja/arguments.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

/// loop.cycle and loop.changed.
class LoopMethod final : public Object {
 public:
  LoopMethod(std::shared_ptr<LoopObject> loop, bool cycles) : loop_(std::move(loop)), cycles_(cycles) {}
  std::string_view type_name() const override { return "method"; }
  int depth() const override { return loop_->depth() + 1; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override {
    return cycles_ ? loop_->cycle(runtime, arguments) : loop_->changed(runtime, arguments);
  }

 private:
  std::shared_ptr<LoopObject> loop_;
  bool cycles_;
};

}  // namespace

std::optional<Value> LoopObject::pull() {
  if (!pull_) return std::nullopt;
  return pull_();
}

std::optional<Value> LoopObject::advance() {
  std::optional<Value> item;
  if (!ahead_.empty()) {
    item = std::move(ahead_.front());
    ahead_.pop_front();
  } else {
    item = pull();
  }
  if (!item) return std::nullopt;
  ++index_;
  previous_ = std::exchange(current_, item);
  return item;
}

void LoopObject::finish() {
  pull_ = nullptr;
  recurse_ = nullptr;
  last_changed_.reset();  // it may hold this very loop
  finished_ = true;
}

const Value* LoopObject::look_ahead() {
  if (ahead_.empty()) {
    if (auto item = pull()) ahead_.push_back(*std::move(item));
  }
  return ahead_.empty() ? nullptr : &ahead_.front();
}

std::int64_t LoopObject::length() {
  if (!length_) {
    while (auto item = pull()) ahead_.push_back(*std::move(item));
    length_ = index_ + 1 + static_cast<std::int64_t>(ahead_.size());
  }
  return *length_;
}

Value LoopObject::call(Runtime& runtime, Arguments arguments) {
  const BoundArguments bound(runtime, "loop", arguments, {"iterable"});
  if (!recurse_) runtime.fail("The loop must have the 'recursive' marker to be called recursively.");
  return recurse_(bound.require(0));
}

std::optional<Value> LoopObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "index") return Value(index_ + 1);
  if (name == "index0") return Value(index_);
  if (name == "first") return Value(index_ == 0);
  if (name == "last") return Value(look_ahead() == nullptr);
  if (name == "length") return Value(length());
  if (name == "revindex") return Value(length() - index_);
  if (name == "revindex0") return Value(length() - index_ - 1);
  if (name == "depth") return Value(static_cast<std::int64_t>(level_) + 1);
  if (name == "depth0") return Value(static_cast<std::int64_t>(level_));
  if (name == "previtem") return index_ > 0 ? *previous_ : runtime.undefined("there is no previous item");
  if (name == "nextitem") {
    const Value* next = look_ahead();
    return next == nullptr ? runtime.undefined("there is no next item") : *next;
  }
  if (name == "cycle" || name == "changed") {
    auto self = std::static_pointer_cast<LoopObject>(shared_from_this());
    return Value(Value::ObjectPtr(runtime.make<LoopMethod>(std::move(self), name == "cycle")));
  }
  return std::nullopt;
}

std::string LoopObject::repr(Runtime& /*runtime*/) { return fmt::format("<LoopContext {}/{}>", index_ + 1, length()); }

Value LoopObject::cycle(Runtime& runtime, const Arguments& arguments) const {
  if (arguments.positional.empty() || !arguments.named.empty()) runtime.fail("no items for cycling given");
  return arguments.positional[static_cast<std::size_t>(index_) % arguments.positional.size()];
}

Value LoopObject::changed(Runtime& runtime, const Arguments& arguments) {
  Value now = runtime.tuple(arguments.positional);
  if (last_changed_ && equals(runtime, *last_changed_, now)) return Value(false);
  if (!finished_) last_changed_ = std::move(now);
  return Value(true);
}

}  // namespace hearth::jinja
