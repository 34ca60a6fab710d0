#include "text/jinja/json_input.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

constexpr std::string_view kTrustedRoles[] = {"system",    "user",     "assistant", "tool",
                                              "developer", "function", "ipython",   "model"};

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

Value string_from(Runtime& runtime, std::string_view text) { return runtime.string(Text(std::string(text), true)); }

bool is_trusted_role(const json::value& value) {
  if (!value.is_string()) return false;
  const std::string_view role = view(value.get_string());
  return std::find(std::begin(kTrustedRoles), std::end(kTrustedRoles), role) != std::end(kTrustedRoles);
}

Value array_from(Runtime& runtime, const json::array& array) {
  std::vector<Value> items;
  items.reserve(array.size());
  for (const json::value& item : array) items.push_back(from_json(runtime, item));
  return runtime.list(std::move(items), SequenceType::kList, true);
}

Value object_from(Runtime& runtime, const json::object& object, bool is_message) {
  DictObject dict;
  dict.untrusted = true;
  for (const auto& member : object) {
    const bool role = is_message && member.key() == "role" && is_trusted_role(member.value());
    dict.set(string_from(runtime, view(member.key())),
             role ? runtime.string(view(member.value().get_string())) : from_json(runtime, member.value()));
  }
  return runtime.dict(std::move(dict));
}

Value number_from(const json::value& value) {
  if (value.is_double()) return Value(value.get_double());
  if (value.is_int64()) return Value(std::int64_t{value.get_int64()});
  const std::uint64_t number = value.get_uint64();
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Value(static_cast<std::int64_t>(number));
  return Value(number);
}

}  // namespace

Value from_json(Runtime& runtime, const json::value& value) {
  const Runtime::Nesting nesting(runtime);
  if (value.is_string()) return string_from(runtime, view(value.get_string()));
  if (value.is_array()) return array_from(runtime, value.get_array());
  if (value.is_object()) return object_from(runtime, value.get_object(), false);
  if (value.is_null()) return {};
  if (value.is_bool()) return Value(value.get_bool()).set_untrusted_scalar(true);
  return number_from(value).set_untrusted_scalar(true);
}

Value messages_from_json(Runtime& runtime, const json::array& messages) {
  std::vector<Value> items;
  items.reserve(messages.size());
  for (const json::value& message : messages) {
    items.push_back(message.is_object() ? object_from(runtime, message.get_object(), true)
                                        : from_json(runtime, message));
  }
  return runtime.list(std::move(items), SequenceType::kList, true);
}

}  // namespace hearth::jinja
