// A request's JSON body, read field by field: each wrong type or value is a 400 that names the field. Unknown fields
// are nobody's business here, so they are ignored.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/http/error_answer.h"

namespace hearth {

/// A 400 that names a field.
HttpError bad_field(std::string param, std::string message, std::string code = {});
/// Bodies are objects. Errors: 400 for what is no JSON, or no object, with the place.
json::object parse_body(std::string_view body);

/// A look at an object of a request; a missing field and null are the same. Keeps a reference.
class RequestFields {
 public:
  /// `path`: where the object stands in the body ("tools[0].function"); empty for the body itself.
  explicit RequestFields(const json::object& object, std::string path = {})
      : object_(&object), path_(std::move(path)) {}

  const json::value* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // Errors of all: 400 naming the field for another type, and for a value outside of the bounds, which are inclusive.
  std::optional<std::string> string(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key,
                                      std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  std::optional<double> number(std::string_view key, double least = std::numeric_limits<double>::lowest(),
                               double most = std::numeric_limits<double>::max()) const;
  const json::array* array(std::string_view key) const;
  const json::object* object(std::string_view key) const;
  /// A string or a list of strings.
  std::vector<std::string> strings(std::string_view key, std::size_t most) const;

  /// As string(), but a missing one is an error.
  std::string required_string(std::string_view key) const;

  RequestFields child(std::string_view key, const json::object& object) const {
    return RequestFields(object, param(key));
  }
  /// "messages[2]" as an object. Errors: 400 where it is none.
  RequestFields item(std::string_view key, std::size_t index, const json::value& value) const;
  /// The field as errors name it.
  std::string param(std::string_view key) const;
  const json::object& raw() const { return *object_; }

 private:
  const json::object* object_;
  std::string path_;
};

const char* json_type_name(const json::value& value);

}  // namespace hearth
