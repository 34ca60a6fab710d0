// What a template computes with: Python's values as Jinja sees them. Everything but a namespace is immutable, so values
// are shared freely; they charge what they occupy to the rendering's memory and never form a cycle by themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/text.h"

namespace hearth::jinja {

class Value;
class Object;
class DictObject;
class Runtime;
struct Arguments;

/// Bytes in use by the values of one rendering.
struct MemoryMeter {
  std::size_t used = 0;
};

/// Gives its share of the meter back when the value dies.
class Charge {
 public:
  Charge() = default;
  Charge(MemoryMeter* meter, std::size_t bytes) : meter_(meter), bytes_(bytes) {}
  Charge(Charge&& other) noexcept : meter_(std::exchange(other.meter_, nullptr)), bytes_(other.bytes_) {}
  Charge& operator=(Charge&& other) noexcept {
    std::swap(meter_, other.meter_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  /// Adds the share of `other`, which is on the same meter.
  void take(Charge other) {
    meter_ = std::exchange(other.meter_, nullptr);
    bytes_ += other.bytes_;
  }
  ~Charge() {
    if (meter_ != nullptr) meter_->used -= bytes_;
  }

 private:
  MemoryMeter* meter_ = nullptr;
  std::size_t bytes_ = 0;
};

/// What a missing name or attribute gives: empty when printed, an error (`message`) when used.
struct UndefinedObject {
  std::string message;
  Charge charge;
};

struct StringObject {
  Text text;
  bool markup = false;  ///< Python's Markup: adding to it escapes
  bool ascii = true;    ///< one byte a character
  Charge charge;
};

enum class SequenceType { kList, kTuple, kGroup, kKeys, kValues, kItems, kRange };

struct SequenceObject {
  SequenceType type = SequenceType::kList;
  std::vector<Value> items;
  int depth = 1;           ///< containers inside one another
  std::size_t weight = 1;  ///< values reached from here, counted once a path; saturates
  bool hashable = false;   ///< a tuple of hashable things
  bool untrusted = false;  ///< came with the inputs, so its brackets and commas did too when it is written out
  std::array<std::int64_t, 3> range{};  ///< start, stop, step of a kRange
  Charge charge;
};

class Value {
 public:
  struct None {};
  using UndefinedPtr = std::shared_ptr<const UndefinedObject>;
  using StringPtr = std::shared_ptr<const StringObject>;
  using SequencePtr = std::shared_ptr<const SequenceObject>;
  using DictPtr = std::shared_ptr<const DictObject>;
  using ObjectPtr = std::shared_ptr<Object>;

  Value() = default;  ///< None
  template <typename T>
  requires(!std::is_same_v<std::decay_t<T>, Value>) explicit Value(T value) : data_(std::move(value)) {}
  /// A count. (A std::size_t passed to the constructor would be taken for an integer above int64.)
  static Value count(std::size_t n) { return Value(static_cast<std::int64_t>(n)); }

  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&data_);
  }
  bool is_undefined() const { return get_if<UndefinedPtr>() != nullptr; }
  bool is_none() const { return get_if<None>() != nullptr; }
  bool is_bool() const { return get_if<bool>() != nullptr; }
  /// A Python int that is not a bool; one above int64 is only carried, compared and written.
  bool is_integer() const { return get_if<std::int64_t>() != nullptr || get_if<std::uint64_t>() != nullptr; }
  bool is_float() const { return get_if<double>() != nullptr; }
  bool is_number() const { return is_bool() || is_integer() || is_float(); }
  const UndefinedObject* undefined() const { return raw<UndefinedPtr>(); }
  const StringObject* string() const { return raw<StringPtr>(); }
  const SequenceObject* sequence() const { return raw<SequencePtr>(); }
  const DictObject* dict() const { return raw<DictPtr>(); }
  Object* object() const { return raw<ObjectPtr>(); }
  /// A list, or nullptr for every other sequence.
  const SequenceObject* list() const { return of_type(SequenceType::kList); }
  const SequenceObject* tuple() const;

  /// Whether a number or a bool came with the inputs (strings and containers know themselves).
  bool untrusted_scalar() const { return untrusted_scalar_; }
  Value& set_untrusted_scalar(bool untrusted) {
    untrusted_scalar_ = untrusted;
    return *this;
  }

  /// Python's name of the type: "str", "list", "dict", "NoneType" …
  std::string_view type_name() const;
  /// Containers inside one another; 0 for scalars and strings.
  int depth() const;
  /// What hashing or comparing it may cost: SequenceObject::weight, else 1.
  std::size_t weight() const;

 private:
  template <typename Pointer>
  auto raw() const -> decltype(std::declval<const Pointer&>().get()) {
    const Pointer* pointer = get_if<Pointer>();
    return pointer == nullptr ? nullptr : pointer->get();
  }
  const SequenceObject* of_type(SequenceType type) const {
    const SequenceObject* found = sequence();
    return found != nullptr && found->type == type ? found : nullptr;
  }

  std::variant<None, UndefinedPtr, bool, std::int64_t, std::uint64_t, double, StringPtr, SequencePtr, DictPtr,
               ObjectPtr>
      data_;
  bool untrusted_scalar_ = false;
};

/// A dict in the order of insertion.
class DictObject {
 public:
  using Entry = std::pair<Value, Value>;

  const std::vector<Entry>& entries() const { return entries_; }
  /// nullptr where it is missing. REQUIRES: is_hashable(key).
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  /// Adds, or replaces the value and keeps the first key, as Python does. REQUIRES: is_hashable(key).
  void set(Value key, Value value);

  int depth = 1;
  bool untrusted = false;
  Charge charge;

 private:
  static constexpr std::size_t kMissing = static_cast<std::size_t>(-1);
  template <typename Matches>
  std::size_t locate(std::size_t hash, const Matches& matches) const;

  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::size_t> index_;  ///< hash → entry; only where there are many entries
};

/// Python's hashability: no list, no dict, and tuples of hashable things. Constant time.
bool is_hashable(const Value& value);

/// Everything rarer: generators, namespaces, macros, bound methods, the loop variable.
class Object : public std::enable_shared_from_this<Object> {
 public:
  Object() = default;
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  virtual std::string_view type_name() const = 0;
  virtual int depth() const { return 1; }
  virtual bool callable() const { return false; }
  virtual Value call(Runtime& runtime, Arguments arguments);
  /// An attribute by name; nothing where there is none.
  virtual std::optional<Value> attribute(Runtime& runtime, std::string_view name);
  virtual bool iterable() const { return false; }
  /// The next item of an iterable, nothing at its end. Items come once.
  virtual std::optional<Value> next(Runtime& runtime);
  virtual std::string repr(Runtime& runtime);

  Charge charge;
};

}  // namespace hearth::jinja
