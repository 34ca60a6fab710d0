// An answer as Anthropic's content blocks, from what is found in the model's text: whole, or as the events of a stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/api/anthropic/message_call.h"
#include "server/api/tools/answer_parser.h"

namespace hearth {

class ContentBlocks {
 public:
  /// Gets the name and the data of each event, in their order; empty where nothing is streamed.
  using Emit = std::function<void(std::string_view event, json::object data)>;

  ContentBlocks(Thinking thinking, Emit emit) : thinking_(thinking), emit_(std::move(emit)) {}

  void take(AnswerEvent event);
  /// The last block is complete.
  void finish();

  bool has_calls() const { return has_calls_; }
  /// The text of all thinking, shown or not.
  const std::string& reasoning() const { return reasoning_; }
  /// All blocks. REQUIRES: finish() was called.
  json::array take_content() { return std::move(content_); }

 private:
  enum class Open { kNothing, kText, kThinking };
  void open(Open kind);
  void close();
  void add_call(const ToolCall& call);
  void begin_block(json::object block);
  void delta(json::object delta);
  void stop_block(json::object whole);

  Thinking thinking_;
  Emit emit_;
  Open open_ = Open::kNothing;
  std::string text_;  // of the open block
  std::string reasoning_;
  bool has_calls_ = false;
  json::array content_;  // complete blocks
};

}  // namespace hearth
