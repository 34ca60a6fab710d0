#include "cli/chat_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/quote.h"
#include "cli/json_text.h"
#include "cli/usage_error.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

constexpr std::string_view kFormat = "hearth chat 1";
constexpr std::array<std::string_view, 4> kRoles = {"system", "user", "assistant", "tool"};

json::object message_json(std::string_view role, std::string_view content) {
  return {{"role", json_string(role)}, {"content", json_string(content)}};
}

ChatMessage parse_message(const json::value& value, const std::string& name) {
  const JsonObject object(value, name);
  ChatMessage message{object.require_string("role"), object.require_string("content")};
  if (std::find(kRoles.begin(), kRoles.end(), message.role) == kRoles.end()) {
    object.fail("role", fmt::format("is {}; it must be system, user, assistant or tool", quote(message.role)));
  }
  return message;
}

std::string scalar_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : to_json_text(value);
}

void parse_parameter(GenerationParams& params, const JsonObject& object, std::string_view key,
                     const json::value& value) {
  const Parameter* parameter = find_parameter(key);
  if (parameter == nullptr) object.fail(key, "is no parameter");
  const bool is_list = parameter->kind == ParameterKind::kList;
  if (value.is_object() || value.is_array() != is_list)
    object.fail(key, is_list ? "must be an array" : "must be a value");
  try {
    if (!is_list) {
      parameter->set(params, key, scalar_text(value));
      return;
    }
    GenerationParams empty;
    empty.dry_sequence_breakers.clear();
    parameter->copy(params, empty);
    for (const json::value& entry : value.get_array()) parameter->set(params, key, scalar_text(entry));
  } catch (const UsageError& error) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", object.what(), error.what()), error.hint());
  }
}

/// Whether writing there destroys nothing but an older save.
bool may_write(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return true;
  try {
    const json::value value = load_json(path);
    return JsonObject(value, path).string("format") == kFormat;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string chat_to_json(const ChatSession& session) {
  json::array messages;
  if (!session.system().empty()) messages.push_back(message_json("system", session.system()));
  for (const ChatMessage& message : session.messages()) {
    messages.push_back(message_json(message.role, message.content));
  }
  json::object parameters;
  for (const Parameter& parameter : generation_parameters()) {
    parameters[parameter.name] = parameter.get(session.params());
  }
  return to_json_text(json::object{{"format", kFormat},
                                   {"model", json_string(session.model_path())},
                                   {"parameters", std::move(parameters)},
                                   {"messages", std::move(messages)}}) +
         "\n";
}

void save_chat(const ChatSession& session, const std::string& path) {
  if (!may_write(path)) {
    throw UsageError(fmt::format("{} is there already and is no saved conversation", path), "choose another name");
  }
  write_file_atomic(path, chat_to_json(session));
}

SavedChat parse_chat(const json::value& value, const std::string& name, const GenerationParams& defaults) {
  const JsonObject object(value, name);
  if (object.string("format") != kFormat) {
    object.fail("format", fmt::format("is not '{}': this is no conversation that /save wrote", kFormat));
  }
  SavedChat chat{object.string("model").value_or(""), {}, defaults};
  const json::array* messages = object.array("messages");
  if (messages == nullptr) object.fail("messages", "is missing");
  for (std::size_t i = 0; i < messages->size(); ++i) {
    chat.messages.push_back(parse_message((*messages)[i], fmt::format("{}: messages[{}]", name, i)));
  }
  if (const auto parameters = object.object("parameters")) {
    for (const auto& pair : parameters->raw()) {
      parse_parameter(chat.params, *parameters, {pair.key().data(), pair.key().size()}, pair.value());
    }
  }
  try {
    check_params(chat.params);
  } catch (const UsageError& error) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", name, error.what()));
  }
  return chat;
}

SavedChat load_chat(const std::string& path, const GenerationParams& defaults) {
  return parse_chat(load_json(path), path, defaults);
}

}  // namespace hearth::cli
