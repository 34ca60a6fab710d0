// One rendering: its limits (steps, bytes, nesting), the line it stands at for errors, and the making of values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/chat_template.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

class NamespaceObject;
struct Scope;

class Runtime {
 public:
  /// `name` is the template's, for errors; `now` is what strftime_now() shows, in seconds since 1970.
  Runtime(std::string name, const TemplateLimits& limits, std::time_t now);
  /// Empties what could form cycles, so that everything is freed.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Errors: always; kInvalidArgument "NAME: line N: WHAT".
  [[noreturn]] void fail(std::string_view what) const;
  void set_line(int line) { line_ = line; }
  int line() const { return line_; }
  std::time_t now() const { return now_; }

  /// Counts work. Errors: when there was more than limits.max_steps of it.
  void step(std::size_t count = 1) {
    if (count > steps_left_) fail_steps();
    steps_left_ -= count;
  }
  /// Counts the reading or writing of `bytes`.
  void touch(std::size_t bytes) { step(bytes / kBytesPerStep); }
  /// Errors: when a string would be larger than limits.max_output.
  void require_size(std::size_t bytes) const {
    if (bytes > limits_.max_output) fail_size();
  }
  /// Errors: when a value would nest deeper than limits.max_depth.
  void require_depth(int depth) const {
    if (depth > limits_.max_depth) fail_depth();
  }

  /// Held while a call, block or expression is inside another.
  class Nesting {
   public:
    explicit Nesting(Runtime& runtime) : runtime_(runtime) { runtime_.require_depth(++runtime_.depth_); }
    ~Nesting() { --runtime_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Runtime& runtime_;
  };

  Value string(Text text, bool markup = false);
  Value string(std::string_view trusted) { return string(Text(std::string(trusted))); }
  Value list(std::vector<Value> items, SequenceType type = SequenceType::kList, bool untrusted = false);
  /// A kRange, which `bounds` (start, stop, step) only describe.
  Value range(std::vector<Value> items, const std::array<std::int64_t, 3>& bounds);
  Value tuple(std::vector<Value> items) { return list(std::move(items), SequenceType::kTuple); }
  /// REQUIRES: the keys were passed to require_hashable.
  Value dict(DictObject entries);
  /// Errors: for lists and dicts; counts the work of hashing.
  void require_hashable(const Value& key);
  Value undefined(std::string message);
  /// Appends, within the limits.
  void append(Text& out, const Text& piece);
  void append(Text& out, std::string_view piece, bool untrusted = false);

  /// Takes note of something that may come to refer to itself; the memory it holds stays until the rendering ends.
  void keep(std::shared_ptr<NamespaceObject> object);
  void keep(std::shared_ptr<Scope> scope);
  /// Errors: when values occupy more than the rendering may have.
  Charge charge(std::size_t bytes);
  void grow(Charge& charge_to_grow, std::size_t bytes);
  /// A new object that pays for itself.
  template <typename T, typename... Args>
  std::shared_ptr<T> make(Args&&... args) {
    auto object = std::make_shared<T>(std::forward<Args>(args)...);
    object->charge = charge(kObjectBytes + sizeof(T));
    require_depth(object->depth());
    return object;
  }

 private:
  static constexpr std::size_t kObjectBytes = 96;  ///< about what an object costs beside its content
  static constexpr std::size_t kBytesPerStep = 256;

  std::shared_ptr<SequenceObject> make_sequence(std::vector<Value> items, SequenceType type);
  [[noreturn]] void fail_steps() const;
  [[noreturn]] void fail_size() const;
  [[noreturn]] void fail_depth() const;

  std::string name_;
  TemplateLimits limits_;
  std::time_t now_;
  int line_ = 1;
  int depth_ = 0;
  std::size_t steps_left_;
  std::size_t memory_limit_;
  MemoryMeter meter_;
  std::vector<std::shared_ptr<NamespaceObject>> namespaces_;
  std::vector<std::shared_ptr<Scope>> scopes_;
  Charge scope_charge_;
};

}  // namespace hearth::jinja
