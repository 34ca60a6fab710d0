// An answer as output items of the Responses API, from what is found in the model's text: whole, or as events.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "server/api/tools/answer_parser.h"

namespace hearth {

class ResponseOutput {
 public:
  /// Gets the type and the other fields of each event, in their order; empty where nothing is streamed.
  using Emit = std::function<void(std::string_view type, json::object fields)>;

  /// `summarise`: reasoning is written as its summary instead of as its content.
  ResponseOutput(bool summarise, Emit emit) : summarise_(summarise), emit_(std::move(emit)) {}

  /// `logprobs`: of the tokens that a text is from; left out for what is no text.
  void take(AnswerEvent event, json::array logprobs);
  /// The last item ends; `whole`: not because there was no room for more.
  void finish(bool whole);

  bool has_calls() const { return has_calls_; }
  const std::string& reasoning() const { return reasoning_; }  ///< all of it
  /// Complete items.
  const json::array& items() const { return items_; }

 private:
  enum class Open { kNothing, kText, kReasoning };
  void open(Open kind);
  void close(const char* status);
  void close_text(const char* status);
  void close_reasoning(const char* status);
  void add_call(const ToolCall& call);
  void begin_item(json::object item);
  void end_item(json::object item);
  void emit(std::string_view type, json::object fields);

  bool summarise_;
  Emit emit_;
  Open open_ = Open::kNothing;
  std::string id_, text_;  // of the open item
  json::array logprobs_;
  std::string reasoning_;
  bool has_calls_ = false;
  json::array items_;
};

}  // namespace hearth
