#include "base/json.h"

#include <fmt/format.h>

#include "base/file.h"
#include "hearth/error.h"

namespace hearth {
namespace {

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

}  // namespace

json::value load_json(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return parse_json(read_file(path, max_bytes), path.string());
}

JsonObject::JsonObject(const json::value& value, std::string_view what) : object_(value.if_object()), what_(what) {
  if (object_ == nullptr) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: expected a JSON object, found {}", what, view(json::to_string(value.kind()))));
  }
}

const json::value* JsonObject::find(std::string_view key) const {
  const json::value* value = object_->if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> JsonObject::string(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail(key, "must be a string");
  return std::string(view(value->get_string()));
}

std::optional<std::int64_t> JsonObject::integer(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  json::error_code code;
  const auto number = value->to_number<std::int64_t>(code);  // takes 4096.0 too, as some configs write it
  if (code) fail(key, "must be a whole number");
  return number;
}

std::optional<double> JsonObject::number(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail(key, "must be a number");
  return value->to_number<double>();
}

std::optional<bool> JsonObject::boolean(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) fail(key, "must be true or false");
  return value->get_bool();
}

const json::array* JsonObject::array(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) fail(key, "must be an array");
  return &value->get_array();
}

std::optional<JsonObject> JsonObject::object(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) fail(key, "must be an object");
  return JsonObject(value->get_object(), fmt::format("{}: {}", what_, key));
}

std::string JsonObject::require_string(std::string_view key) const {
  auto value = string(key);
  if (!value) fail(key, "is missing");
  return *std::move(value);
}

std::int64_t JsonObject::require_integer(std::string_view key) const {
  const auto value = integer(key);
  if (!value) fail(key, "is missing");
  return *value;
}

void JsonObject::fail(std::string_view key, std::string_view problem) const {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: {} {}", what_, key, problem));
}

}  // namespace hearth
