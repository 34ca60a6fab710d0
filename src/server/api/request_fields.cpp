#include "server/api/request_fields.h"

#include <fmt/format.h>

#include <utility>

namespace hearth {
namespace {

constexpr int kDeepestBody = 128;

HttpError wrong_type(const std::string& param, const char* wanted, const json::value& value) {
  return bad_field(param, fmt::format("{} must be {}, and is {}", param, wanted, json_type_name(value)));
}

}  // namespace

const char* json_type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
  }
  return "something else";
}

HttpError bad_field(std::string param, std::string message, std::string code) {
  ErrorDetails details;
  details.status = 400;
  details.type = "invalid_request_error";
  details.param = std::move(param);
  details.code = std::move(code);
  return HttpError(ErrorCode::kInvalidArgument, std::move(message), std::move(details));
}

json::object parse_body(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw bad_field("", "the body is empty; it must be a JSON object");
  json::value value;
  try {
    value = parse_json(body, "the body", kDeepestBody);
  } catch (const Error& error) {
    throw bad_field("", error.message());
  }
  if (!value.is_object())
    throw bad_field("", fmt::format("the body must be an object, and is {}", json_type_name(value)));
  return std::move(value.get_object());
}

std::string RequestFields::param(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const json::value* RequestFields::find(std::string_view key) const {
  const json::value* value = object_->if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> RequestFields::string(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw wrong_type(param(key), "a string", *value);
  return std::string(value->get_string());
}

std::optional<bool> RequestFields::boolean(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) throw wrong_type(param(key), "true or false", *value);
  return value->get_bool();
}

std::optional<std::int64_t> RequestFields::integer(std::string_view key, std::int64_t least, std::int64_t most) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = 0;
  if (value->is_int64()) {
    number = value->get_int64();
  } else if (value->is_double() && value->get_double() >= -9e15 && value->get_double() <= 9e15 &&
             value->get_double() == static_cast<double>(static_cast<std::int64_t>(value->get_double()))) {
    number = static_cast<std::int64_t>(value->get_double());  // "16.0": some clients have no other numbers
  } else if (value->is_number()) {
    throw bad_field(param(key), fmt::format("{} must be a whole number of at most 64 bits", param(key)));
  } else {
    throw wrong_type(param(key), "a whole number", *value);
  }
  if (number < least || number > most) {
    throw bad_field(param(key),
                    most == std::numeric_limits<std::int64_t>::max()
                        ? fmt::format("{} is {}; it must be at least {}", param(key), number, least)
                        : fmt::format("{} is {}; it must be from {} to {}", param(key), number, least, most));
  }
  return number;
}

std::optional<double> RequestFields::number(std::string_view key, double least, double most) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw wrong_type(param(key), "a number", *value);
  const auto number = value->to_number<double>();
  if (!(number >= least && number <= most)) {
    throw bad_field(param(key),
                    most == std::numeric_limits<double>::max()
                        ? fmt::format("{} is {}; it must be at least {}", param(key), number, least)
                        : fmt::format("{} is {}; it must be from {} to {}", param(key), number, least, most));
  }
  return number;
}

const json::array* RequestFields::array(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) throw wrong_type(param(key), "an array", *value);
  return &value->get_array();
}

const json::object* RequestFields::object(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) throw wrong_type(param(key), "an object", *value);
  return &value->get_object();
}

std::vector<std::string> RequestFields::strings(std::string_view key, std::size_t most) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return {std::string(value->get_string())};
  if (!value->is_array()) throw wrong_type(param(key), "a string or an array of strings", *value);
  const json::array& items = value->get_array();
  if (items.size() > most)
    throw bad_field(param(key),
                    fmt::format("{} has {} entries; at most {} are allowed", param(key), items.size(), most));
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_string()) throw wrong_type(fmt::format("{}[{}]", param(key), i), "a string", items[i]);
    strings.emplace_back(items[i].get_string());
  }
  return strings;
}

std::string RequestFields::required_string(std::string_view key) const {
  auto text = string(key);
  if (!text) throw bad_field(param(key), fmt::format("{} is missing", param(key)), "missing_required_parameter");
  return std::move(*text);
}

RequestFields RequestFields::item(std::string_view key, std::size_t index, const json::value& value) const {
  std::string path = fmt::format("{}[{}]", param(key), index);
  if (!value.is_object()) throw wrong_type(path, "an object", value);
  return RequestFields(value.get_object(), std::move(path));
}

}  // namespace hearth
