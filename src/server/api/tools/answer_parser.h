// An answer in pieces, as it is written, to text, reasoning and tool calls. However it is cut into pieces, the events
// together say the same; what is written in no form that is known stays text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/tools/tool_style.h"

namespace hearth {

/// What to look for in an answer.
struct AnswerFormat {
  ToolStyle style = ToolStyle::kNone;
  std::vector<std::string> tools;  ///< names; what calls another one is text
  std::size_t max_calls = 0;       ///< what comes behind so many is left out; 0: any number
  /// A <think>…</think> at the beginning is reasoning; without it such tags are text.
  bool reasoning = false;
  bool begins_in_reasoning = false;  ///< the prompt ended with "<think>"
};

struct ToolCall {
  std::string id;  ///< "call_" and 24 letters and digits, as random_id()
  std::string name;
  std::string arguments_json;  ///< an object, as the model wrote it
  bool is_cut = false;         ///< the answer ended in the middle of it: what there is of the arguments, if anything
};

struct AnswerEvent {
  enum class Kind { kText, kReasoning, kToolCall };
  Kind kind = Kind::kText;
  std::string text = {};  ///< of kText and kReasoning: whole characters, never empty
  ToolCall call = {};
};

/// White space beside calls and around reasoning belongs to neither and is left out. Thread-safe: no.
class AnswerParser {
 public:
  explicit AnswerParser(AnswerFormat format);
  AnswerParser(AnswerParser&&) noexcept;
  AnswerParser& operator=(AnswerParser&&) noexcept;
  ~AnswerParser();

  /// What is certain now. Holds back only what may be the beginning of a tag or of a call, white space that may stand
  /// beside one, and parts of characters.
  std::vector<AnswerEvent> push(std::string_view text);
  /// The end of the answer: all that was held back. `is_cut`: the model would have gone on; a call that it was about to
  /// write is told as far as it goes, where its name is known. Else what is no whole call is text.
  std::vector<AnswerEvent> finish(bool is_cut = false);

  std::size_t n_calls() const;
  /// It has as many calls as are allowed: the answer may be cut off.
  bool is_full() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether a rendered prompt leaves the model in the middle of its reasoning ("…<think>\n").
bool ends_in_reasoning(std::string_view prompt);

}  // namespace hearth
