#include <algorithm>
#include <string>
#include <string_view>

#include "hearth/conversations.h"

namespace hearth {
namespace {

/// CommonMark: a fence ends with at least as many marks as it began with, so it needs more than the text has in a row.
std::string fence_for(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(std::max<std::size_t>(3, longest + 1), '`');
}

/// "src/main.cpp" → "cpp": what viewers and models know languages by.
std::string language_of(std::string_view name) {
  const std::size_t slash = name.find_last_of('/');
  const std::string_view file = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const std::size_t dot = file.find_last_of('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view extension = file.substr(dot + 1);
  const bool is_plain = std::all_of(extension.begin(), extension.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '#';
  });
  return is_plain && extension.size() <= 12 ? std::string(extension) : std::string();
}

/// On one line, whatever the name.
std::string one_line(std::string_view name) {
  std::string result(name);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return result;
}

}  // namespace

std::string message_text(const StoredMessage& message) {
  std::string text;
  for (const Attachment& attachment : message.attachments) {
    const std::string fence = fence_for(attachment.text);
    text += one_line(attachment.name) + "\n" + fence + language_of(attachment.name) + "\n" + attachment.text;
    if (!attachment.text.ends_with('\n')) text += '\n';
    text += fence + "\n\n";
  }
  return text + message.content;
}

}  // namespace hearth
