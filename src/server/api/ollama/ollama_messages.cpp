#include "server/api/ollama/ollama_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/quote.h"

namespace hearth {
namespace {

constexpr std::array<std::string_view, 4> kRoles = {"system", "user", "assistant", "tool"};

struct OpenCall {
  std::string id, name;
};

std::string role_of(const RequestFields& message) {
  const std::string role = message.required_string("role");
  if (role == "developer") return "system";  // OpenAI's newer name for it
  if (std::find(kRoles.begin(), kRoles.end(), role) != kRoles.end()) return role;
  throw bad_field(message.param("role"), fmt::format("{} is {}; it must be one of system, user, assistant, tool",
                                                     message.param("role"), quote(role)));
}

/// Arguments are an object here; clients of other APIs send the text of one.
std::string arguments_text(const RequestFields& function) {
  const json::value* arguments = function.find("arguments");
  if (arguments == nullptr) return "{}";
  if (arguments->is_object()) return json::serialize(*arguments);
  if (arguments->is_string()) return std::string(arguments->get_string());
  throw bad_field(function.param("arguments"), fmt::format("{} must be an object, and is {}",
                                                           function.param("arguments"), json_type_name(*arguments)));
}

/// As OpenAI writes them.
std::string read_calls(const RequestFields& message, const json::array& items, std::size_t& n_calls,
                       std::vector<OpenCall>& open) {
  json::array calls;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const RequestFields item = message.item("tool_calls", i, items[i]);
    const json::object* given = item.object("function");
    if (given == nullptr) throw bad_field(item.param("function"), fmt::format("{} is missing", item.param("function")));
    const RequestFields function = item.child("function", *given);
    OpenCall call;
    call.name = function.required_string("name");
    call.id = item.string("id").value_or("");
    if (call.id.empty()) call.id = fmt::format("call_{}", n_calls);
    ++n_calls;
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", arguments_text(function)}}}});
    open.push_back(std::move(call));
  }
  return calls.empty() ? std::string() : json::serialize(calls);
}

/// Which call a result answers.
void answer_call(ChatMessage& message, std::vector<OpenCall>& open) {
  auto found = open.end();
  if (!message.tool_call_id.empty()) {
    found = std::find_if(open.begin(), open.end(), [&](const OpenCall& c) { return c.id == message.tool_call_id; });
  } else if (!message.name.empty()) {
    found = std::find_if(open.begin(), open.end(), [&](const OpenCall& c) { return c.name == message.name; });
  } else {
    found = open.begin();
  }
  if (found == open.end()) return;
  message.tool_call_id = found->id;
  message.name = found->name;
  open.erase(found);
}

}  // namespace

void refuse_images(const RequestFields& fields) {
  const json::array* images = fields.array("images");
  if (images == nullptr || images->empty()) return;
  throw bad_field(fields.param("images"), "images are not understood here; send text only");
}

std::vector<ChatMessage> read_ollama_messages(const RequestFields& fields, std::size_t most) {
  const json::array* items = fields.array("messages");
  if (items == nullptr) return {};
  if (items->size() > most)
    throw bad_field("messages", fmt::format("messages has {} entries; at most {} are allowed", items->size(), most));
  std::vector<ChatMessage> messages;
  messages.reserve(items->size());
  std::vector<OpenCall> open;  // calls without a result so far
  std::size_t n_calls = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const RequestFields item = fields.item("messages", i, (*items)[i]);
    refuse_images(item);
    ChatMessage message;
    message.role = role_of(item);
    message.content = item.string("content").value_or("");
    message.reasoning = item.string("thinking").value_or("");
    if (const json::array* calls = item.array("tool_calls"))
      message.tool_calls_json = read_calls(item, *calls, n_calls, open);
    if (message.role == "tool") {
      message.name = item.string("tool_name").value_or(item.string("name").value_or(""));
      message.tool_call_id = item.string("tool_call_id").value_or("");
      answer_call(message, open);
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace hearth
