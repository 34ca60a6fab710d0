#include "server/api/tools/json_extent.h"

namespace hearth {
namespace {

constexpr std::size_t kDeepest = 128;
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Calls `part(begin, end)` for what stands between the commas directly inside the brackets of `text`.
template <typename Part>
void for_each_part(std::string_view text, const Part& part) {
  text = trimmed(text);
  if (text.size() < 2) return;
  std::size_t depth = 0, begin = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    const bool ends = !in_string && ((depth == 1 && c == ',') || (depth == 0 && i + 1 == text.size()));
    if (!ends) continue;
    const std::string_view between = trimmed(text.substr(begin, i - begin));
    if (!between.empty()) part(between);
    begin = i + 1;
  }
}

}  // namespace

JsonExtent::State JsonExtent::push(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return State::kOpen;
  }
  if (c == '{' || c == '[') {
    if (open_.size() == kDeepest) return State::kWrong;
    open_ += c == '{' ? '}' : ']';
    return State::kOpen;
  }
  if (open_.empty()) return State::kWrong;
  if (c == '"') {
    in_string_ = true;
  } else if (c == '}' || c == ']') {
    if (open_.back() != c) return State::kWrong;
    open_.pop_back();
    if (open_.empty()) return State::kEnd;
  }
  return State::kOpen;
}

std::vector<JsonMember> written_members(std::string_view object) {
  std::vector<JsonMember> members;
  for_each_part(object, [&members](std::string_view part) {
    std::size_t quote = 1;
    while (quote < part.size() && part[quote] != '"') quote += part[quote] == '\\' ? 2 : 1;
    const std::size_t colon = part.find(':', quote);
    if (colon == std::string_view::npos) return;
    members.push_back({part.substr(1, quote - 1), trimmed(part.substr(colon + 1))});
  });
  return members;
}

std::vector<std::string_view> written_items(std::string_view array) {
  std::vector<std::string_view> items;
  for_each_part(array, [&items](std::string_view part) { items.push_back(part); });
  return items;
}

}  // namespace hearth
