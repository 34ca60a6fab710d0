#include "server/api/tools/call_reader.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "hearth/error.h"
#include "server/api/tools/json_extent.h"

namespace hearth {
namespace {

constexpr int kDeepestCall = 128;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::array<std::string_view, 6> kMembers = {"name", "arguments", "parameters", "type", "id", "function"};

std::optional<json::value> parsed(std::string_view text) {
  try {
    return parse_json(text, "a call", kDeepestCall, DuplicateKeys::kRefuse);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool knows(const std::vector<std::string>& tools, std::string_view name) {
  return std::find(tools.begin(), tools.end(), name) != tools.end();
}

std::optional<std::string> arguments_of(std::string_view written) {
  const auto value = parsed(written);
  if (!value) return std::nullopt;
  if (value->is_null()) return "{}";
  if (value->is_object()) return std::string(written);
  if (!value->is_string()) return std::nullopt;
  std::string inner(value->get_string());
  const auto object = parsed(inner);
  if (!object || !object->is_object()) return std::nullopt;
  return inner;
}

std::string_view without_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text;
}

/// Takes `c` and the white space before it off the text. False: something else stands there; the text may just end.
bool take(std::string_view& text, char c, bool& ended) {
  text = without_space(text);
  ended = text.empty();
  if (ended || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<WrittenCall> read_call(std::string_view text, const std::vector<std::string>& tools, bool bare) {
  const auto value = parsed(text);
  if (!value || !value->is_object()) return std::nullopt;
  std::optional<std::string> name, arguments;
  std::optional<std::string_view> function;
  for (const JsonMember& member : written_members(text)) {
    if (bare && std::find(kMembers.begin(), kMembers.end(), member.key) == kMembers.end()) return std::nullopt;
    if (member.key == "function") function = member.value;
    if (member.key == "name") {
      const json::value& given = value->get_object().at("name");
      if (!given.is_string()) return std::nullopt;
      name = std::string(given.get_string());
    }
    if (member.key == "arguments" || (member.key == "parameters" && !arguments)) {
      arguments = arguments_of(member.value);
      if (!arguments) return std::nullopt;
    }
  }
  if (!name) return function ? read_call(*function, tools, bare) : std::nullopt;
  if (!knows(tools, *name) || (bare && !arguments)) return std::nullopt;
  return WrittenCall{std::move(*name), arguments.value_or("{}")};
}

bool may_be_bare_call(std::string_view text, const std::vector<std::string>& tools) {
  const auto prefix_of = [](std::string_view beginning) {
    return [beginning](std::string_view word) { return word.starts_with(beginning); };
  };
  bool ended = false;
  if (!take(text, '{', ended) || !take(text, '"', ended)) return ended;
  const std::size_t key_end = text.find('"');
  const std::string_view key = text.substr(0, key_end);
  if (key_end == std::string_view::npos) return std::any_of(kMembers.begin(), kMembers.end(), prefix_of(key));
  if (std::find(kMembers.begin(), kMembers.end(), key) == kMembers.end()) return false;
  if (key != "name") return true;
  text.remove_prefix(key_end + 1);
  if (!take(text, ':', ended) || !take(text, '"', ended)) return ended;
  const std::size_t name_end = text.find('"');
  if (name_end == std::string_view::npos) return std::any_of(tools.begin(), tools.end(), prefix_of(text));
  return knows(tools, text.substr(0, name_end));
}

}  // namespace hearth
