#include "text/jinja/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "hearth/error.h"
#include "text/jinja/namespace.h"
#include "text/jinja/scope.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

/// Values may occupy this many times the longest string allowed; small limits still leave room for the messages.
constexpr std::size_t kMemoryPerOutput = 4;
constexpr std::size_t kLeastMemory = std::size_t{16} << 20;
std::size_t memory_limit(std::size_t max_output) {
  if (max_output > std::numeric_limits<std::size_t>::max() / kMemoryPerOutput)
    return std::numeric_limits<std::size_t>::max();
  return std::max(kLeastMemory, max_output * kMemoryPerOutput);
}

}  // namespace

Runtime::Runtime(std::string name, const TemplateLimits& limits, std::time_t now)
    : name_(std::move(name)),
      limits_(limits),
      now_(now),
      steps_left_(limits.max_steps),
      memory_limit_(memory_limit(limits.max_output)) {}

Runtime::~Runtime() {
  for (const auto& object : namespaces_) object->clear();
  for (const auto& scope : scopes_) scope->variables.clear();
}

void Runtime::fail(std::string_view what) const {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: line {}: {}", name_, line_, what));
}

void Runtime::fail_steps() const {
  fail(fmt::format("the template takes more than {} steps (max_steps)", limits_.max_steps));
}

void Runtime::fail_size() const { fail(fmt::format("a text grows beyond {} bytes (max_output)", limits_.max_output)); }

void Runtime::fail_depth() const {
  fail(fmt::format("calls, blocks or values are nested more than {} deep (max_depth)", limits_.max_depth));
}

Charge Runtime::charge(std::size_t bytes) {
  if (bytes > memory_limit_ - meter_.used)
    fail(fmt::format("the template's values occupy more than {} bytes", memory_limit_));
  meter_.used += bytes;
  return {&meter_, bytes};
}

void Runtime::grow(Charge& charge_to_grow, std::size_t bytes) {
  Charge more = charge(bytes);
  charge_to_grow.take(std::move(more));
}

Value Runtime::string(Text text, bool markup) {
  require_size(text.size());
  touch(text.size());
  const std::size_t bytes = kObjectBytes + text.size() + text.untrusted().size() * sizeof(Text::Range);
  const bool ascii = is_ascii(text.view());
  auto object = std::make_shared<const StringObject>(StringObject{std::move(text), markup, ascii, charge(bytes)});
  return Value(std::move(object));
}

std::shared_ptr<SequenceObject> Runtime::make_sequence(std::vector<Value> items, SequenceType type) {
  step(items.size() / 16);
  auto object = std::make_shared<SequenceObject>();
  object->type = type;
  object->hashable = type == SequenceType::kTuple || type == SequenceType::kGroup || type == SequenceType::kRange;
  for (const Value& item : items) {
    object->depth = std::max(object->depth, 1 + item.depth());
    object->weight = std::min(object->weight + item.weight(), std::numeric_limits<std::size_t>::max() / 2);
    object->hashable = object->hashable && is_hashable(item);
  }
  require_depth(object->depth);
  object->charge = charge(kObjectBytes + items.size() * sizeof(Value));
  object->items = std::move(items);
  return object;
}

Value Runtime::list(std::vector<Value> items, SequenceType type, bool untrusted) {
  auto object = make_sequence(std::move(items), type);
  object->untrusted = untrusted;
  return Value(Value::SequencePtr(std::move(object)));
}

Value Runtime::range(std::vector<Value> items, const std::array<std::int64_t, 3>& bounds) {
  auto object = make_sequence(std::move(items), SequenceType::kRange);
  object->range = bounds;
  return Value(Value::SequencePtr(std::move(object)));
}

Value Runtime::dict(DictObject entries) {
  step(entries.entries().size() / 16);
  require_depth(entries.depth);
  entries.charge = charge(kObjectBytes + entries.entries().size() * 2 * sizeof(DictObject::Entry));
  return Value(std::make_shared<const DictObject>(std::move(entries)));
}

void Runtime::require_hashable(const Value& key) {
  if (!is_hashable(key)) fail(fmt::format("unhashable type: '{}'", key.type_name()));
  step(key.weight());
}

Value Runtime::undefined(std::string message) {
  Charge paid = charge(kObjectBytes + message.size());
  return Value(std::make_shared<const UndefinedObject>(UndefinedObject{std::move(message), std::move(paid)}));
}

void Runtime::append(Text& out, const Text& piece) {
  require_size(out.size() + piece.size());
  touch(piece.size());
  step(piece.untrusted().size());
  out.append(piece);
}

void Runtime::append(Text& out, std::string_view piece, bool untrusted) {
  require_size(out.size() + piece.size());
  touch(piece.size());
  out.append(piece, untrusted);
}

void Runtime::keep(std::shared_ptr<NamespaceObject> object) { namespaces_.push_back(std::move(object)); }

void Runtime::keep(std::shared_ptr<Scope> scope) {
  // The scopes around as well: one of them may hold what holds this one.
  while (scope != nullptr && !std::exchange(scope->kept, true)) {
    grow(scope_charge_, kObjectBytes + scope->variables.size() * sizeof(scope->variables[0]));
    scopes_.push_back(scope);
    scope = scope->parent;
  }
}

}  // namespace hearth::jinja
