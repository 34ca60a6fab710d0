#include "server/api/responses/response_output.h"

#include <utility>

#include "server/api/api_answer.h"

namespace hearth {
namespace {

json::object text_part(std::string_view text, json::array logprobs) {
  return {{"type", "output_text"}, {"text", text}, {"annotations", json::array()}, {"logprobs", std::move(logprobs)}};
}

json::object message_item(const std::string& id, const char* status, json::array content) {
  return {{"id", id}, {"type", "message"}, {"status", status}, {"role", "assistant"}, {"content", std::move(content)}};
}

json::object reasoning_item(const std::string& id, const char* status, bool summarise, json::array parts) {
  json::object item{{"id", id}, {"type", "reasoning"}, {"status", status}};
  item["summary"] = summarise ? parts : json::array();
  if (!summarise) item["content"] = std::move(parts);
  return item;
}

json::object call_item(const std::string& id, const char* status, const ToolCall& call, std::string_view arguments) {
  return {{"id", id},           {"type", "function_call"}, {"status", status}, {"arguments", arguments},
          {"call_id", call.id}, {"name", call.name}};
}

json::object reasoning_part(bool summarise, std::string_view text) {
  return {{"type", summarise ? "summary_text" : "reasoning_text"}, {"text", text}};
}

}  // namespace

void ResponseOutput::take(AnswerEvent event, json::array logprobs) {
  switch (event.kind) {
    case AnswerEvent::Kind::kText:
      open(Open::kText);
      text_ += event.text;
      logprobs_.insert(logprobs_.end(), logprobs.begin(), logprobs.end());
      emit("response.output_text.delta",
           {{"content_index", 0}, {"delta", std::move(event.text)}, {"logprobs", std::move(logprobs)}});
      break;
    case AnswerEvent::Kind::kReasoning:
      open(Open::kReasoning);
      text_ += event.text;
      reasoning_ += event.text;
      if (summarise_) {
        emit("response.reasoning_summary_text.delta", {{"summary_index", 0}, {"delta", std::move(event.text)}});
      } else {
        emit("response.reasoning_text.delta", {{"content_index", 0}, {"delta", std::move(event.text)}});
      }
      break;
    case AnswerEvent::Kind::kToolCall:
      close("completed");
      add_call(event.call);
      break;
  }
}

void ResponseOutput::finish(bool whole) { close(whole ? "completed" : "incomplete"); }

void ResponseOutput::open(Open kind) {
  if (open_ == kind) return;
  close("completed");
  open_ = kind;
  text_.clear();
  logprobs_.clear();
  if (kind == Open::kText) {
    id_ = random_id("msg_");
    begin_item(message_item(id_, "in_progress", {}));
    emit("response.content_part.added", {{"content_index", 0}, {"part", text_part("", {})}});
    return;
  }
  id_ = random_id("rs_");
  begin_item(reasoning_item(id_, "in_progress", summarise_, {}));
  if (summarise_) {
    emit("response.reasoning_summary_part.added", {{"summary_index", 0}, {"part", reasoning_part(true, "")}});
  } else {
    emit("response.content_part.added", {{"content_index", 0}, {"part", reasoning_part(false, "")}});
  }
}

void ResponseOutput::close(const char* status) {
  const Open kind = std::exchange(open_, Open::kNothing);
  if (kind == Open::kText) close_text(status);
  if (kind == Open::kReasoning) close_reasoning(status);
}

void ResponseOutput::close_text(const char* status) {
  const json::object part = text_part(text_, logprobs_);
  emit("response.output_text.done", {{"content_index", 0}, {"text", text_}, {"logprobs", logprobs_}});
  emit("response.content_part.done", {{"content_index", 0}, {"part", part}});
  json::array content;
  content.push_back(part);
  end_item(message_item(id_, status, std::move(content)));
}

void ResponseOutput::close_reasoning(const char* status) {
  const json::object part = reasoning_part(summarise_, text_);
  if (summarise_) {
    emit("response.reasoning_summary_text.done", {{"summary_index", 0}, {"text", text_}});
    emit("response.reasoning_summary_part.done", {{"summary_index", 0}, {"part", part}});
  } else {
    emit("response.reasoning_text.done", {{"content_index", 0}, {"text", text_}});
    emit("response.content_part.done", {{"content_index", 0}, {"part", part}});
  }
  json::array parts;
  parts.push_back(part);
  end_item(reasoning_item(id_, status, summarise_, std::move(parts)));
}

void ResponseOutput::add_call(const ToolCall& call) {
  has_calls_ = true;
  id_ = random_id("fc_");
  begin_item(call_item(id_, "in_progress", call, ""));
  emit("response.function_call_arguments.delta", {{"delta", call.arguments_json}});
  emit("response.function_call_arguments.done", {{"arguments", call.arguments_json}, {"name", call.name}});
  end_item(call_item(id_, call.is_cut ? "incomplete" : "completed", call, call.arguments_json));
}

void ResponseOutput::begin_item(json::object item) {
  if (emit_) emit_("response.output_item.added", {{"output_index", items_.size()}, {"item", std::move(item)}});
}

void ResponseOutput::end_item(json::object item) {
  if (emit_) emit_("response.output_item.done", {{"output_index", items_.size()}, {"item", item}});
  items_.push_back(std::move(item));
}

void ResponseOutput::emit(std::string_view type, json::object fields) {
  if (!emit_) return;
  fields["item_id"] = id_;
  fields["output_index"] = items_.size();
  emit_(type, std::move(fields));
}

}  // namespace hearth
