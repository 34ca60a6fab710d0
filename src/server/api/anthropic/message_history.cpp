#include "server/api/anthropic/message_history.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace hearth {
namespace {

void append(std::string& text, std::string_view more) {
  if (!text.empty() && !more.empty()) text += '\n';
  text += more;
}

[[noreturn]] void refuse_block(const RequestFields& block, std::string_view type, std::string_view where) {
  throw bad_field(block.param("type"), fmt::format("{} is '{}'; {}", block.param("type"), type.substr(0, 40), where));
}

/// A string, or blocks of which each is text.
std::string text_of(const RequestFields& fields, std::string_view key, std::string_view what) {
  const json::value* content = fields.find(key);
  if (content == nullptr) return {};
  if (content->is_string()) return std::string(content->get_string());
  if (!content->is_array()) {
    throw bad_field(fields.param(key), fmt::format("{} must be a string or an array of blocks, and is {}",
                                                   fields.param(key), json_type_name(*content)));
  }
  std::string text;
  const json::array& blocks = content->get_array();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const RequestFields block = fields.item(key, i, blocks[i]);
    const std::string type = block.required_string("type");
    if (type != "text") refuse_block(block, type, fmt::format("only text is understood in {}", what));
    append(text, block.required_string("text"));
  }
  return text;
}

class HistoryReader {
 public:
  void read(const RequestFields& message) {
    const std::string role = message.required_string("role");
    if (role != "user" && role != "assistant" && role != "system") {
      throw bad_field(message.param("role"), fmt::format("{} is '{}'; it must be user, assistant or system",
                                                         message.param("role"), role.substr(0, 40)));
    }
    is_assistant_ = role == "assistant";
    ends_with_call_ = false;
    const json::value* content = message.find("content");
    if (content == nullptr)
      throw bad_field(message.param("content"), fmt::format("{} is missing", message.param("content")));
    if (role == "system") {
      add_text("system", text_of(message, "content", "a system message"));
    } else if (content->is_string()) {
      add_text(role, content->get_string());
    } else {
      const json::array& blocks = *message.array("content");
      for (std::size_t i = 0; i < blocks.size(); ++i) read_block(message.item("content", i, blocks[i]));
    }
  }

  /// The text of the assistant's message at the end, which the answer goes on with.
  std::string take_prefill() {
    if (!is_assistant_ || messages_.empty() || messages_.back().role != "assistant") return {};
    if (ends_with_call_) {
      throw bad_field("messages",
                      "messages ends with a tool_use; its tool_result must follow in a message of the user");
    }
    std::string text = std::move(messages_.back().content);
    messages_.pop_back();
    return text;
  }

  std::vector<ChatMessage> take_messages() { return std::move(messages_); }

 private:
  ChatMessage& turn_of(std::string_view role) {
    if (messages_.empty() || messages_.back().role != role) messages_.push_back({std::string(role), {}});
    return messages_.back();
  }

  /// What an assistant says behind a call is a turn of its own, for templates write calls last.
  ChatMessage& assistant_turn() {
    if (!messages_.empty() && messages_.back().role == "assistant" && !messages_.back().tool_calls_json.empty())
      messages_.push_back({"assistant", {}});
    return turn_of("assistant");
  }

  void add_text(std::string_view role, std::string_view text) {
    append(role == "assistant" ? assistant_turn().content : turn_of(role).content, text);
  }

  void read_block(const RequestFields& block) {
    const std::string type = block.required_string("type");
    ends_with_call_ = type == "tool_use";
    if (type == "text") {
      add_text(is_assistant_ ? "assistant" : "user", block.required_string("text"));
    } else if (type == "tool_use" && is_assistant_) {
      read_call(block);
    } else if (type == "thinking" && is_assistant_) {
      append(assistant_turn().reasoning, block.required_string("thinking"));
    } else if (type == "redacted_thinking" && is_assistant_) {
      turn_of("assistant");
    } else if (type == "tool_result" && !is_assistant_) {
      read_result(block);
    } else if (type == "image" || type == "document") {
      refuse_block(block, type, "images and documents are not understood here, only text");
    } else if (is_assistant_) {
      refuse_block(block, type, "an assistant's blocks are text, tool_use, thinking and redacted_thinking");
    } else {
      refuse_block(block, type, "a user's blocks are text and tool_result");
    }
  }

  void read_call(const RequestFields& block) {
    const std::string id = block.required_string("id"), name = block.required_string("name");
    const json::object* input = block.object("input");
    if (input == nullptr) throw bad_field(block.param("input"), fmt::format("{} is missing", block.param("input")));
    ChatMessage& turn = turn_of("assistant");
    // Calls of one turn are written one behind the other, in one array.
    std::string& calls = turn.tool_calls_json;
    if (calls.empty()) {
      calls = "[";
    } else {
      calls.back() = ',';
    }
    calls += json::serialize(json::object{
        {"id", id}, {"type", "function"}, {"function", {{"name", name}, {"arguments", json::serialize(*input)}}}});
    calls += ']';
    names_[id] = name;
  }

  void read_result(const RequestFields& block) {
    ChatMessage result;
    result.role = "tool";
    result.tool_call_id = block.required_string("tool_use_id");
    const auto name = names_.find(result.tool_call_id);
    if (name == names_.end()) {
      throw bad_field(block.param("tool_use_id"),
                      fmt::format("{} is '{}', but no tool_use before it has this id", block.param("tool_use_id"),
                                  result.tool_call_id.substr(0, 80)));
    }
    result.name = name->second;
    result.content = text_of(block, "content", "a tool_result");
    // Templates have no field for it, and the model should know.
    if (block.boolean("is_error").value_or(false)) result.content = "Error: " + result.content;
    messages_.push_back(std::move(result));
  }

  std::vector<ChatMessage> messages_;
  std::map<std::string, std::string> names_;  // of the tools, by id of the call
  bool is_assistant_ = false, ends_with_call_ = false;
};

}  // namespace

MessageHistory read_message_history(const RequestFields& fields, std::size_t most) {
  const json::array* items = fields.array("messages");
  if (items == nullptr) throw bad_field("messages", "messages is missing", "missing_required_parameter");
  if (items->empty()) throw bad_field("messages", "messages is empty; at least one message is needed");
  if (items->size() > most)
    throw bad_field("messages", fmt::format("messages has {} entries; at most {} are allowed", items->size(), most));
  HistoryReader reader;
  for (std::size_t i = 0; i < items->size(); ++i) reader.read(fields.item("messages", i, (*items)[i]));
  MessageHistory history;
  history.prefill = reader.take_prefill();
  history.messages = reader.take_messages();
  if (history.messages.empty())
    throw bad_field("messages", "messages holds nothing to answer; at least one message of the user is needed");
  const std::string system = text_of(fields, "system", "the system prompt");
  if (system.empty()) return history;
  if (history.messages.front().role == "system") {
    history.messages.front().content = system + '\n' + history.messages.front().content;
  } else {
    history.messages.insert(history.messages.begin(), ChatMessage{"system", system});
  }
  return history;
}

}  // namespace hearth
