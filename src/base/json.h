// JSON by Boost.JSON, with errors that name the document and the field. Objects keep the order of their keys.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

namespace json = boost::json;

/// What to do when an object has a key twice. Configurations written by hand sometimes do, and Python's json, which the
/// reference reads them with, keeps the last value; where a second value would be an attack it is refused.
enum class DuplicateKeys { kKeepLast, kRefuse };

/// Parses a whole document. `what` names it in errors. Nesting is limited to `max_depth`. A number with a fraction or
/// an exponent is the double nearest to its decimal text; integers up to 64 bits are exact. Errors: kCorruptData with
/// the byte offset, also for invalid UTF-8, numbers beyond a double's range and, with kRefuse, keys given twice.
json::value parse_json(std::string_view text, std::string_view what, int max_depth = 64,
                       DuplicateKeys duplicates = DuplicateKeys::kKeepLast);

/// read_file + parse_json.
json::value load_json(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{256} << 20);

/// A read-only look at a JSON object that turns each wrong type into an Error naming document and key. A missing key
/// and an explicit null are the same. Keeps references: the object and the name must outlive it.
class JsonObject {
 public:
  /// Errors: kCorruptData when `value` is not an object.
  JsonObject(const json::value& value, std::string_view what);
  JsonObject(const json::object& object, std::string_view what) : object_(&object), what_(what) {}

  /// The value of `key`, or nullptr where it is missing or null.
  const json::value* find(std::string_view key) const;

  std::optional<std::string> string(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  const json::array* array(std::string_view key) const;
  std::optional<JsonObject> object(std::string_view key) const;

  /// As above, but a missing key is an Error.
  std::string require_string(std::string_view key) const;
  std::int64_t require_integer(std::string_view key) const;

  const json::object& raw() const { return *object_; }
  const std::string& what() const { return what_; }
  /// Errors: always; kCorruptData "<what>: <key> <problem>".
  [[noreturn]] void fail(std::string_view key, std::string_view problem) const;

 private:
  const json::object* object_;
  std::string what_;
};

}  // namespace hearth
