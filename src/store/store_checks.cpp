#include "store/store_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/unicode.h"

namespace hearth {
namespace {

constexpr int kDeepestParameters = 128;  // a schema may be deep

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, std::move(message), std::move(hint));
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

void check_tags(const std::vector<std::string>& tags) {
  if (tags.size() > StoreLimits::kTags)
    refuse(fmt::format("tags has {} entries; at most {} are allowed", tags.size(), StoreLimits::kTags));
  for (const std::string& tag : tags) {
    if (tag.empty()) refuse("tags has an empty entry");
    check_name("tags", tag, StoreLimits::kTagCharacters);
  }
}

}  // namespace

void check_text(std::string_view what, std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes)
    refuse(fmt::format("{} has {} bytes; at most {} are allowed", what, text.size(), most_bytes));
  if (!is_valid_utf8(text)) refuse(fmt::format("{} is no valid UTF-8", what));
}

void check_name(std::string_view what, std::string_view text, std::size_t most_characters) {
  check_text(what, text, 4 * most_characters);
  if (const std::size_t n = count_characters(text); n > most_characters)
    refuse(fmt::format("{} has {} characters; at most {} are allowed", what, n, most_characters));
  if (std::any_of(text.begin(), text.end(), is_control)) refuse(fmt::format("{} has control characters", what));
}

void check_parameters(std::string_view what, std::string_view json_text) {
  check_text(what, json_text, StoreLimits::kParameters);
  try {
    if (parse_json(json_text, what, kDeepestParameters).is_object()) return;
  } catch (const Error& error) {
    refuse(error.message());
  }
  refuse(fmt::format("{} is no JSON object", what));
}

void check_conversation(const Conversation& conversation) {
  check_name("title", conversation.title, StoreLimits::kTitleCharacters);
  check_name("model", conversation.model);
  check_name("preset_id", conversation.preset_id);
  if (conversation.system) check_text("system", *conversation.system);
  check_parameters("parameters", conversation.parameters_json);
  check_name("folder", conversation.folder, StoreLimits::kFolderCharacters);
  check_tags(conversation.tags);
}

void check_message(const StoredMessage& message) {
  if (message.role != "user" && message.role != "assistant")
    refuse(fmt::format("role is '{}'; it must be user or assistant", message.role.substr(0, 40)));
  check_text("content", message.content);
  check_text("reasoning", message.reasoning);
  check_text("the answer", message.raw, 2 * StoreLimits::kText);
  check_name("model", message.model);
  check_parameters("parameters", message.parameters_json);
  check_text("error", message.error_message);
  check_name("error", message.error_code);
  if (!message.finish_reason.empty() && message.finish_reason != "stop" && message.finish_reason != "length" &&
      message.finish_reason != "cancelled")
    refuse(fmt::format("finish_reason is '{}'; it must be stop, length or cancelled",
                       message.finish_reason.substr(0, 40)));
  if (message.attachments.size() > StoreLimits::kAttachments)
    refuse(fmt::format("attachments has {} entries; at most {} are allowed", message.attachments.size(),
                       StoreLimits::kAttachments));
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < message.attachments.size(); ++i) {
    const Attachment& attachment = message.attachments[i];
    if (attachment.name.empty()) refuse(fmt::format("attachments[{}].name is empty", i));
    check_name(fmt::format("attachments[{}].name", i), attachment.name);
    check_text(fmt::format("attachments[{}].text", i), attachment.text);
    bytes += attachment.text.size();
  }
  if (bytes > StoreLimits::kText)
    refuse(fmt::format("attachments have {} bytes together; at most {} are allowed", bytes, StoreLimits::kText));
}

void check_preset(const Preset& preset) {
  if (preset.name.empty()) refuse("name is empty");
  check_name("name", preset.name);
  check_text("description", preset.description, 4 * StoreLimits::kNameCharacters);
  if (preset.system) check_text("system", *preset.system);
  check_name("model", preset.model);
  check_parameters("parameters", preset.parameters_json);
  if (preset.chat_template) check_text("template", *preset.chat_template, StoreLimits::kParameters);
}

void check_prompt(const SavedPrompt& prompt) {
  constexpr std::size_t kMostName = 40;
  const bool is_command = !prompt.name.empty() && std::all_of(prompt.name.begin(), prompt.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!is_command || prompt.name.size() > kMostName)
    refuse(fmt::format("name must be 1 to {} lower-case letters, digits and '-'", kMostName), "it is typed as /name");
  check_text("description", prompt.description, 4 * StoreLimits::kNameCharacters);
  if (prompt.text.empty()) refuse("text is empty");
  check_text("text", prompt.text);
}

}  // namespace hearth
