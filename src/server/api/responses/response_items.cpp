#include "server/api/responses/response_items.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "base/quote.h"
#include "server/api/api_answer.h"
#include "server/api/chat_fields.h"

namespace hearth {
namespace {

const char* id_prefix(std::string_view type) {
  if (type == "function_call") return "fc_";
  if (type == "function_call_output") return "fco_";
  return type == "reasoning" ? "rs_" : "msg_";
}

/// Messages may leave their type out.
std::string type_of(const RequestFields& item) {
  if (const auto type = item.string("type")) return *type;
  if (item.has("role")) return "message";
  if (item.has("id")) return "item_reference";
  throw bad_field(item.param("type"), fmt::format("{} is missing", item.param("type")), "missing_required_parameter");
}

/// What an item may have. The rest is forgotten: items are kept and read again with every turn.
constexpr std::array<std::string_view, 11> kItemFields = {
    "id", "type", "role", "content", "summary", "status", "call_id", "name", "arguments", "output", "phase"};

json::object completed(const RequestFields& given) {
  json::object item;
  for (const std::string_view field : kItemFields) {
    if (const json::value* value = given.find(field)) item[field] = *value;
  }
  const std::string type = type_of(given);
  item["type"] = type;
  if (!given.string("id")) item["id"] = random_id(id_prefix(type));
  if (type != "message") return item;
  const json::value* content = given.find("content");
  if (content != nullptr && content->is_string()) {
    const bool is_output = given.string("role").value_or("") == "assistant";
    json::object part{{"type", is_output ? "output_text" : "input_text"}, {"text", content->get_string()}};
    if (is_output) part["annotations"] = json::array();
    item["content"] = json::array{std::move(part)};
  }
  if (!given.has("status")) item["status"] = "completed";
  return item;
}

/// What references in one input mean. Each item stands there once, and each response is read once, however many of its
/// items are meant: else a short request could ask for any amount of work and memory.
class KeptItems {
 public:
  KeptItems(ResponseStore& store, const std::string& owner) : store_(store), owner_(owner) {}

  json::object take(const RequestFields& reference) {
    const std::string id = reference.required_string("id"), param = reference.param("id");
    if (!taken_.insert(id).second) throw bad_field(param, fmt::format("{}: {} stands there twice", param, quote(id)));
    if (const auto kept = store_.find_with_item(id, owner_)) {
      for (const json::value& item : output_of(*kept)) {
        if (item.at("id").as_string() == id) return completed(RequestFields(item.as_object(), param));
      }
    }
    throw HttpError(ErrorCode::kNotFound, fmt::format("{}: there is no item {} (any more)", param, quote(id)),
                    {404, "invalid_request_error", param, "item_not_found", 0},
                    "send the item itself; items are kept with their response, unless its store is false");
  }

 private:
  const json::array& output_of(const StoredResponse& kept) {
    const auto [output, is_new] = outputs_.try_emplace(kept.id);
    if (is_new) {
      json::value response = parse_json(kept.response, "a kept response", kDeepestKept);
      output->second = std::move(response.at("output").as_array());
    }
    return output->second;
  }

  ResponseStore& store_;
  const std::string& owner_;
  std::set<std::string> taken_;
  std::map<std::string, json::array> outputs_;  // by id of the response
};

}  // namespace

json::array read_input_items(const RequestFields& fields, std::size_t most, ResponseStore& store,
                             const std::string& owner) {
  const json::value* input = fields.find("input");
  if (input == nullptr) throw bad_field("input", "input is missing", "missing_required_parameter");
  json::array items;
  if (input->is_string()) {
    const json::object message{{"type", "message"}, {"role", "user"}, {"content", *input}};
    items.push_back(completed(RequestFields(message)));
    return items;
  }
  if (!input->is_array()) {
    throw bad_field("input",
                    fmt::format("input must be a string or an array of items, and is {}", json_type_name(*input)));
  }
  const json::array& given = input->get_array();
  if (given.size() > most)
    throw bad_field("input", fmt::format("input has {} entries; at most {} are allowed", given.size(), most));
  KeptItems kept(store, owner);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const RequestFields item = fields.item("input", i, given[i]);
    items.push_back(type_of(item) == "item_reference" ? kept.take(item) : completed(item));
  }
  return items;
}

void ItemMessages::add(const RequestFields& item) {
  const std::string type = type_of(item);
  if (type == "message") return add_message(item);
  if (type == "function_call") return add_call(item);
  if (type == "function_call_output") return add_output(item);
  if (type == "reasoning") return add_reasoning(item);
  throw bad_field(item.param("type"),
                  fmt::format("{} is '{}'; it must be message, function_call, function_call_output, "
                              "reasoning or item_reference",
                              item.param("type"), type.substr(0, 40)));
}

bool ItemMessages::is_behind_reasoning() const {
  return is_behind_assistant() && messages_.back().content.empty() && messages_.back().tool_calls_json.empty();
}

void ItemMessages::add_message(const RequestFields& item) {
  const std::string role = item.required_string("role");
  if (role != "user" && role != "assistant" && role != "system" && role != "developer") {
    throw bad_field(item.param("role"), fmt::format("{} is '{}'; it must be user, assistant, system or developer",
                                                    item.param("role"), role.substr(0, 40)));
  }
  const json::value* content = item.find("content");
  if (content == nullptr) throw bad_field(item.param("content"), fmt::format("{} is missing", item.param("content")));
  std::string text = content_text(*content, item.param("content"));
  if (role == "assistant" && is_behind_reasoning()) {
    messages_.back().content = std::move(text);
  } else if (role == "developer" || role == "system") {
    // Templates take one system message, at the beginning.
    if (!messages_.empty() && messages_.back().role == "system") {
      messages_.back().content += "\n\n" + text;
    } else {
      messages_.push_back({"system", std::move(text)});
    }
  } else {
    messages_.push_back({role, std::move(text)});
  }
}

void ItemMessages::add_call(const RequestFields& item) {
  const std::string id = item.required_string("call_id"), name = item.required_string("name");
  if (!is_behind_assistant()) messages_.push_back({"assistant", {}});
  // Calls of one turn are written one behind the other, in one array.
  std::string& calls = messages_.back().tool_calls_json;
  if (calls.empty()) {
    calls = "[";
  } else {
    calls.back() = ',';
  }
  calls += json::serialize(
      json::object{{"id", id},
                   {"type", "function"},
                   {"function", {{"name", name}, {"arguments", item.string("arguments").value_or("{}")}}}});
  calls += ']';
  names_[id] = name;
}

void ItemMessages::add_output(const RequestFields& item) {
  ChatMessage output;
  output.role = "tool";
  output.tool_call_id = item.required_string("call_id");
  const auto name = names_.find(output.tool_call_id);
  if (name == names_.end()) {
    throw bad_field(item.param("call_id"), fmt::format("{} is '{}', but no function_call before it has this id",
                                                       item.param("call_id"), output.tool_call_id.substr(0, 80)));
  }
  output.name = name->second;
  const json::value* content = item.find("output");
  if (content == nullptr) throw bad_field(item.param("output"), fmt::format("{} is missing", item.param("output")));
  output.content = content_text(*content, item.param("output"));
  messages_.push_back(std::move(output));
}

void ItemMessages::add_reasoning(const RequestFields& item) {
  // What the model thought stands in "content"; who asked for a summary has it there.
  std::string text;
  for (const char* key : {"content", "summary"}) {
    const json::array* parts = item.array(key);
    if (parts == nullptr || !text.empty()) continue;
    for (std::size_t i = 0; i < parts->size(); ++i) text += item.item(key, i, (*parts)[i]).required_string("text");
  }
  if (!is_behind_reasoning()) messages_.push_back({"assistant", {}});
  std::string& reasoning = messages_.back().reasoning;
  if (!reasoning.empty()) reasoning += '\n';
  reasoning += text;
}

}  // namespace hearth
