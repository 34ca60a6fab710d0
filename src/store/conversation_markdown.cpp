// Conversations as Markdown: to be read, and simple enough to be taken in again.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "hearth/conversations.h"

namespace hearth {
namespace {

enum class Part { kSystem, kUser, kAssistant };

struct Heading {
  Part part = Part::kUser;
  std::string model;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

/// "## You", "## Assistant (qwen2.5:0.5b)", "## System". Other headings are text.
std::optional<Heading> heading_of(std::string_view line) {
  if (!line.starts_with("## ")) return std::nullopt;
  std::string_view name = trimmed(line.substr(3));
  Heading heading;
  if (const std::size_t open = name.find(" ("); open != std::string_view::npos && name.ends_with(')')) {
    heading.model = name.substr(open + 2, name.size() - open - 3);
    name = name.substr(0, open);
  }
  const std::string who = lower(name);
  if (who == "you" || who == "user" || who == "human") {
    heading.part = Part::kUser;
  } else if (who == "assistant") {
    heading.part = Part::kAssistant;
  } else if (who == "system") {
    heading.part = Part::kSystem;
  } else {
    return std::nullopt;
  }
  if (heading.part != Part::kAssistant && !heading.model.empty()) return std::nullopt;
  return heading;
}

/// What looks like a heading of ours gets a backslash more than it has, so that it is text when it comes back.
std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t slashes = std::min(line.find_first_not_of('\\'), line.size());
    if (heading_of(line.substr(slashes))) result += '\\';
    result += line;
    if (end < text.size()) result += '\n';
    begin = end + 1;
  }
  return result;
}

std::string_view unescaped(std::string_view line) {
  const std::size_t slashes = std::min(line.find_first_not_of('\\'), line.size());
  return slashes > 0 && heading_of(line.substr(slashes)) ? line.substr(1) : line;
}

std::string on_one_line(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return result;
}

void add_part(ExportedConversation& exported, const Heading& heading, std::string_view text) {
  const std::string content(trimmed(text));
  if (heading.part == Part::kSystem) {
    if (!content.empty()) exported.conversation.system = content;
    return;
  }
  StoredMessage message;
  message.id = std::to_string(exported.messages.size() + 1);
  if (!exported.messages.empty()) message.parent_id = exported.messages.back().id;
  message.role = heading.part == Part::kUser ? "user" : "assistant";
  message.model = heading.model;
  message.content = content;
  exported.messages.push_back(std::move(message));
}

}  // namespace

std::string export_markdown(const Conversation& conversation, const std::vector<StoredMessage>& path) {
  std::string text =
      fmt::format("# {}\n", conversation.title.empty() ? "Conversation" : on_one_line(conversation.title));
  if (conversation.system && !conversation.system->empty())
    text += fmt::format("\n## System\n\n{}\n", escaped(*conversation.system));
  for (const StoredMessage& message : path) {
    const bool is_user = message.role == "user";
    text += is_user                 ? "\n## You\n\n"
            : message.model.empty() ? "\n## Assistant\n\n"
                                    : fmt::format("\n## Assistant ({})\n\n", message.model);
    text += escaped(is_user ? message_text(message) : message.content) + "\n";
  }
  return text;
}

ExportedConversation parse_exported_markdown(std::string_view text) {
  ExportedConversation exported;
  std::optional<Heading> at;
  std::string part;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    if (auto heading = heading_of(line)) {
      if (at) add_part(exported, *at, part);
      at = std::move(heading);
      part.clear();
    } else if (at) {
      part.append(unescaped(line)) += '\n';
    } else if (line.starts_with("# ") && exported.conversation.title.empty()) {
      exported.conversation.title = trimmed(line.substr(2));
      exported.conversation.title_is_automatic = false;
    }
  }
  if (at) add_part(exported, *at, part);
  if (exported.messages.empty())
    throw Error(ErrorCode::kInvalidArgument, "the Markdown has no message",
                "messages stand under headings '## You' and '## Assistant'");
  return exported;
}

}  // namespace hearth
