// Lines typed into a message: most are one line; a block between """ and a backslash at the end of a line make longer
// ones.
#pragma once

#include <optional>
#include <string>

namespace hearth::cli {

struct ChatInput {
  bool is_command = false;  ///< began with '/'; `text` is what follows it
  std::string text;
};

class MessageAssembler {
 public:
  /// Takes the next line. Empty: more lines are needed, or the line was blank. "//etc" is the message "/etc".
  std::optional<ChatInput> add(const std::string& line);
  /// The input has ended: what there is of an unfinished message.
  std::optional<ChatInput> finish();
  bool is_pending() const { return in_block_ || continued_; }
  void reset();

 private:
  std::optional<ChatInput> add_to_block(const std::string& line);
  ChatInput take(bool may_be_command);

  std::string text_;
  bool in_block_ = false;
  bool continued_ = false;
};

}  // namespace hearth::cli
