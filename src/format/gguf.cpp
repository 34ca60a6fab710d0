#include "format/gguf.h"

#include <fmt/format.h>

#include <limits>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

/// Empty where `value` is no integer or does not fit.
std::optional<std::int64_t> as_integer(const GgufValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
  const auto* number = std::get_if<std::uint64_t>(&value.value);
  if (number == nullptr || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

[[noreturn]] void fail_type(const GgufFile& file, std::string_view key, const GgufValue& value,
                            std::string_view wanted) {
  file.fail(key, fmt::format("is {} ({}); it must be {}", describe(value), gguf_type_name(value.type), wanted));
}

}  // namespace

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto place = index_.find(key);
  return place == index_.end() ? nullptr : &metadata_[place->second].second;
}

std::optional<std::string> GgufFile::string(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string_view>(&value->value);
  if (text == nullptr) fail_type(*this, key, *value, "a string");
  return std::string(*text);
}

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = as_integer(*value);
  if (!number) fail_type(*this, key, *value, "an integer of at most 63 bits");
  return number;
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* number = std::get_if<double>(&value->value);
  if (number == nullptr) fail_type(*this, key, *value, "a floating-point number");
  return *number;
}

std::optional<bool> GgufFile::boolean(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* boolean = std::get_if<bool>(&value->value);
  if (boolean == nullptr) fail_type(*this, key, *value, "true or false");
  return *boolean;
}

const std::vector<std::string_view>* GgufFile::strings(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return nullptr;
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || array->type != GgufType::kString) fail_type(*this, key, *value, "an array of strings");
  return &array->strings;
}

std::optional<std::vector<double>> GgufFile::numbers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || (array->type != GgufType::kF32 && array->type != GgufType::kF64)) {
    fail_type(*this, key, *value, "an array of floating-point numbers");
  }
  const std::size_t width = gguf_type_bytes(array->type);
  std::vector<double> result(array->count);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = std::get<double>(decode_gguf_number(array->type, array->raw.data() + i * width).value);
  }
  return result;
}

std::optional<std::vector<std::int64_t>> GgufFile::integers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || !(is_unsigned(array->type) || is_signed(array->type))) {
    fail_type(*this, key, *value, "an array of integers");
  }
  const std::size_t width = gguf_type_bytes(array->type);
  std::vector<std::int64_t> result(array->count);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const GgufValue element = decode_gguf_number(array->type, array->raw.data() + i * width);
    const auto number = as_integer(element);
    if (!number)
      fail(key, fmt::format("has {} at place {}; it must be an integer of at most 63 bits", describe(element), i));
    result[i] = *number;
  }
  return result;
}

std::string GgufFile::require_string(std::string_view key) const {
  auto value = string(key);
  if (!value) fail(key, "is missing");
  return *std::move(value);
}

std::int64_t GgufFile::require_integer(std::string_view key) const {
  const auto value = integer(key);
  if (!value) fail(key, "is missing");
  return *value;
}

void GgufFile::fail(std::string_view key, std::string_view problem) const {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: key {} {}", name_, quote(key), problem));
}

}  // namespace hearth
