#include "text/jinja/globals.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "text/jinja/arguments.h"
#include "text/jinja/iteration.h"
#include "text/jinja/namespace.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

using Function = Value (*)(Runtime& runtime, const Arguments& arguments);

class Builtin final : public Object {
 public:
  explicit Builtin(Function function) : function_(function) {}
  std::string_view type_name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override { return function_(runtime, arguments); }

 private:
  Function function_;
};

/// cycler('odd', 'even'): its items in turn.
class Cycler final : public Object {
 public:
  explicit Cycler(Value items) : items_(std::move(items)) {}
  std::string_view type_name() const override { return "Cycler"; }
  int depth() const override { return items_.depth() + 1; }
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  Value step() {
    Value item = current();
    at_ = (at_ + 1) % items_.sequence()->items.size();
    return item;
  }
  void reset() { at_ = 0; }

 private:
  Value current() const { return items_.sequence()->items[at_]; }
  Value items_;
  std::size_t at_ = 0;
};

/// cycler.next and cycler.reset.
class CyclerMethod final : public Object {
 public:
  CyclerMethod(std::shared_ptr<Cycler> cycler, bool steps) : cycler_(std::move(cycler)), steps_(steps) {}
  std::string_view type_name() const override { return "method"; }
  bool callable() const override { return true; }
  int depth() const override { return cycler_->depth() + 1; }
  Value call(Runtime& /*runtime*/, Arguments /*arguments*/) override {
    if (steps_) return cycler_->step();
    cycler_->reset();
    return {};
  }

 private:
  std::shared_ptr<Cycler> cycler_;
  bool steps_;
};

std::optional<Value> Cycler::attribute(Runtime& runtime, std::string_view name) {
  if (name == "current") return current();
  if (name == "next" || name == "reset") {
    auto self = std::static_pointer_cast<Cycler>(shared_from_this());
    return Value(Value::ObjectPtr(runtime.make<CyclerMethod>(std::move(self), name == "next")));
  }
  return std::nullopt;
}

/// joiner(', '): nothing the first time it is called, the separator ever after.
class Joiner final : public Object {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  std::string_view type_name() const override { return "Joiner"; }
  int depth() const override { return separator_.depth() + 1; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments /*arguments*/) override {
    return std::exchange(used_, true) ? separator_ : runtime.string("");
  }

 private:
  Value separator_;
  bool used_ = false;
};

Value range(Runtime& runtime, const Arguments& arguments) {
  constexpr std::int64_t kMost = 100'000;  // what Jinja's sandbox allows
  const auto& given = arguments.positional;
  if (given.empty() || given.size() > 3 || !arguments.named.empty())
    runtime.fail("range() takes one to three integers");
  const std::int64_t start = given.size() == 1 ? 0 : require_integer(runtime, given[0]);
  const std::int64_t stop = require_integer(runtime, given[given.size() == 1 ? 0 : 1]);
  const std::int64_t step = given.size() == 3 ? require_integer(runtime, given[2]) : 1;
  if (step == 0) runtime.fail("range() arg 3 must not be zero");
  std::vector<Value> items;
  for (std::int64_t at = start; step > 0 ? at < stop : at > stop;) {
    if (static_cast<std::int64_t>(items.size()) == kMost)
      runtime.fail(fmt::format("range() is limited to {} items", kMost));
    runtime.step();
    items.emplace_back(at);
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return runtime.range(std::move(items), {start, stop, step});
}

/// What dict() and namespace() are made of: a mapping or pairs, then named arguments.
DictObject collect_entries(Runtime& runtime, std::string_view function, const Arguments& arguments) {
  DictObject entries;
  if (arguments.positional.size() > 1)
    runtime.fail(fmt::format("{}() takes at most one positional argument", function));
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional[0];
    if (const DictObject* dict = source.dict()) {
      for (const auto& [key, value] : dict->entries()) entries.set(key, value);
      runtime.step(dict->entries().size());
    } else {
      Iteration items(runtime, source);
      while (const auto item = items.next()) {
        auto pair = collect(runtime, *item);
        if (pair.size() != 2) runtime.fail(fmt::format("{}() needs pairs of a key and a value", function));
        runtime.require_hashable(pair[0]);
        entries.set(std::move(pair[0]), std::move(pair[1]));
      }
    }
  }
  for (const auto& [name, value] : arguments.named) entries.set(runtime.string(name), value);
  return entries;
}

Value make_dict(Runtime& runtime, const Arguments& arguments) {
  return runtime.dict(collect_entries(runtime, "dict", arguments));
}

Value make_namespace(Runtime& runtime, const Arguments& arguments) {
  const DictObject entries = collect_entries(runtime, "namespace", arguments);
  auto space = runtime.make<NamespaceObject>();
  runtime.grow(space->charge, entries.entries().size() * 3 * sizeof(DictObject::Entry));
  for (const auto& [key, value] : entries.entries()) space->set(key, value);
  runtime.keep(space);
  return Value(Value::ObjectPtr(std::move(space)));
}

Value make_cycler(Runtime& runtime, const Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.named.empty())
    runtime.fail("at least one item has to be provided to cycler()");
  return Value(Value::ObjectPtr(runtime.make<Cycler>(runtime.tuple(arguments.positional))));
}

Value make_joiner(Runtime& runtime, const Arguments& arguments) {
  const BoundArguments bound(runtime, "joiner", arguments, {"sep"});
  return Value(Value::ObjectPtr(runtime.make<Joiner>(bound.get(0) == nullptr ? runtime.string(", ") : *bound.get(0))));
}

Value raise_exception(Runtime& runtime, const Arguments& arguments) {
  const BoundArguments bound(runtime, "raise_exception", arguments, {"message"});
  const Text message = to_text(runtime, bound.require(0));
  runtime.fail(fmt::format("the template refuses the messages: {}", message.view().substr(0, 2000)));
}

Value lipsum(Runtime& runtime, const Arguments& /*arguments*/) {
  runtime.fail("lipsum() is not available in a chat template");
}

Value strftime_now(Runtime& runtime, const Arguments& arguments) {
  const BoundArguments bound(runtime, "strftime_now", arguments, {"format"});
  const Text& format = require_string(runtime, bound.require(0)).text;
  constexpr std::size_t kLongest = 1024;
  if (format.size() > kLongest || format.view().find('\0') != std::string_view::npos)
    runtime.fail("the format of strftime_now() is too long");
  std::string pattern;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format.view()[i];
    const char after = i + 1 < format.size() ? format.view()[i + 1] : '\0';
    if (c == '%' && after == 'f') {  // Python's microseconds, which C does not have; the clock here counts seconds
      pattern += "000000";
      ++i;
      continue;
    }
    pattern.push_back(c);
    if (c == '%' && after != '\0') {
      pattern.push_back(after);
      ++i;
    }
  }
  const std::time_t now = runtime.now();
  std::tm local{};
  if (localtime_r(&now, &local) == nullptr) runtime.fail("the time of day is not known");
  std::string out(kLongest * 32, '\0');
  out.resize(pattern.empty() ? 0 : std::strftime(out.data(), out.size(), pattern.c_str(), &local));
  return runtime.string(Text(std::move(out), format.any_untrusted()));
}

constexpr std::pair<std::string_view, Function> kGlobals[] = {
    {"range", range},
    {"dict", make_dict},
    {"namespace", make_namespace},
    {"cycler", make_cycler},
    {"joiner", make_joiner},
    {"raise_exception", raise_exception},
    {"strftime_now", strftime_now},
    {"lipsum", lipsum},
};

}  // namespace

bool is_global(std::string_view name) {
  return std::any_of(std::begin(kGlobals), std::end(kGlobals),
                     [name](const auto& entry) { return entry.first == name; });
}

std::optional<Value> find_global(Runtime& runtime, std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kGlobals), std::end(kGlobals), [name](const auto& entry) { return entry.first == name; });
  if (found == std::end(kGlobals)) return std::nullopt;
  return Value(Value::ObjectPtr(runtime.make<Builtin>(found->second)));
}

}  // namespace hearth::jinja
