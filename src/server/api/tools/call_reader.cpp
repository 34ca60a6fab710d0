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

/// What stands between two quotes, without escapes; takes it off the text.
std::optional<std::string_view> take_word(std::string_view& text) {
  bool ended = false;
  if (!take(text, '"', ended)) return std::nullopt;
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end + 1);
  return word;
}

/// The length of the object or array at the beginning of `text`; 0 where it does not end in it.
std::size_t extent_of(std::string_view text) {
  JsonExtent extent;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const JsonExtent::State state = extent.push(text[i]);
    if (state != JsonExtent::State::kOpen) return state == JsonExtent::State::kEnd ? i + 1 : 0;
  }
  return 0;
}

/// The beginning of one call, its name before its arguments, as all templates ask for it.
std::optional<WrittenCall> read_cut_call(std::string_view text, const std::vector<std::string>& tools) {
  std::optional<std::string_view> name;
  bool ended = false;
  for (char before = '{'; take(text, before, ended); before = ',') {
    const auto key = take_word(text);
    if (!key || !take(text, ':', ended)) break;
    text = without_space(text);
    if (*key == "function") return read_cut_call(text, tools);
    if (*key == "arguments" || *key == "parameters") {
      if (!name || (!text.empty() && text[0] != '{')) return std::nullopt;
      const std::size_t whole = extent_of(text);
      if (whole > 0) text = text.substr(0, whole);
      if (whole > 0 && !parsed(text)) return std::nullopt;
      return WrittenCall{std::string(*name), std::string(text), whole == 0};
    }
    const auto value = take_word(text);
    if (!value) break;
    if (*key == "name") name = value;
    if (name && !knows(tools, *name)) return std::nullopt;
  }
  if (!name) return std::nullopt;
  return WrittenCall{std::string(*name), "", true};
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
  return WrittenCall{std::move(*name), arguments.value_or("{}"), false};
}

std::vector<WrittenCall> read_cut_calls(std::string_view text, const std::vector<std::string>& tools) {
  std::vector<WrittenCall> calls;
  bool ended = false;
  const bool is_array = take(text, '[', ended);
  do {
    text = without_space(text);
    const std::size_t whole = extent_of(text);
    auto call = whole > 0 ? read_call(text.substr(0, whole), tools, false) : read_cut_call(text, tools);
    if (!call) break;
    calls.push_back(std::move(*call));
    if (whole == 0) break;
    text.remove_prefix(whole);
  } while (is_array && take(text, ',', ended));
  return calls;
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
