#include "server/api/anthropic/content_blocks.h"

#include <utility>

#include "server/api/api_answer.h"

namespace hearth {
namespace {

constexpr int kDeepestCall = 128;  // as deep as a call is read from an answer

}  // namespace

void ContentBlocks::take(AnswerEvent event) {
  switch (event.kind) {
    case AnswerEvent::Kind::kText:
      open(Open::kText);
      text_ += event.text;
      delta({{"type", "text_delta"}, {"text", std::move(event.text)}});
      break;
    case AnswerEvent::Kind::kReasoning:
      reasoning_ += event.text;
      if (thinking_ == Thinking::kOff) break;
      open(Open::kThinking);
      if (thinking_ == Thinking::kWithheld) break;
      text_ += event.text;
      delta({{"type", "thinking_delta"}, {"thinking", std::move(event.text)}});
      break;
    case AnswerEvent::Kind::kToolCall:
      close();
      add_call(event.call);
      break;
  }
}

void ContentBlocks::finish() { close(); }

void ContentBlocks::open(Open kind) {
  if (open_ == kind) return;
  close();
  open_ = kind;
  text_.clear();
  if (kind == Open::kText) {
    begin_block({{"type", "text"}, {"text", ""}});
  } else {
    begin_block({{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
  }
}

void ContentBlocks::close() {
  const Open kind = std::exchange(open_, Open::kNothing);
  if (kind == Open::kText) stop_block({{"type", "text"}, {"text", std::move(text_)}});
  if (kind == Open::kThinking) {
    // Clients send it back unread; there is nothing here that it would have to prove.
    const std::string signature = random_id("hearth-");
    delta({{"type", "signature_delta"}, {"signature", signature}});
    stop_block({{"type", "thinking"}, {"thinking", std::move(text_)}, {"signature", signature}});
  }
}

void ContentBlocks::add_call(const ToolCall& call) {
  has_calls_ = true;
  const std::string id = random_id("toolu_");
  begin_block({{"type", "tool_use"}, {"id", id}, {"name", call.name}, {"input", json::object()}});
  delta({{"type", "input_json_delta"}, {"partial_json", call.arguments_json}});
  stop_block({{"type", "tool_use"},
              {"id", id},
              {"name", call.name},
              {"input", call.is_cut ? json::object() : parse_json(call.arguments_json, "a call", kDeepestCall)}});
}

void ContentBlocks::begin_block(json::object block) {
  if (!emit_) return;
  emit_("content_block_start",
        {{"type", "content_block_start"}, {"index", content_.size()}, {"content_block", std::move(block)}});
  if (content_.empty()) emit_("ping", {{"type", "ping"}});
}

void ContentBlocks::delta(json::object delta) {
  if (!emit_) return;
  emit_("content_block_delta",
        {{"type", "content_block_delta"}, {"index", content_.size()}, {"delta", std::move(delta)}});
}

void ContentBlocks::stop_block(json::object whole) {
  if (emit_) emit_("content_block_stop", {{"type", "content_block_stop"}, {"index", content_.size()}});
  content_.push_back(std::move(whole));
}

}  // namespace hearth
