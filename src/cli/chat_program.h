// The conversation as a program: reads lines, runs commands, prints answers, survives errors and Ctrl-C.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/chat_keeper.h"
#include "cli/chat_session.h"
#include "cli/line_reader.h"
#include "cli/message_assembler.h"

namespace hearth::cli {

struct ChatStyle {
  bool interactive = false;  ///< a person sits there: prompts, speed after each answer
  bool as_json = false;      ///< each answer a JSON object on a line
};

class ChatProgram {
 public:
  ChatProgram(ChatSession session, std::function<void(ChatSession&, const std::string&)> change_model,
              std::unique_ptr<LineReader> reader, ChatStyle style, std::shared_ptr<ChatKeeper> keeper = nullptr);
  /// Until the input ends or the person leaves. Gives the exit status.
  int run();

 private:
  enum class Next { kGoOn, kLeave };
  Next handle(const ChatInput& input);
  Next handle_guarded(const ChatInput& input);
  Next handle_interrupt(const ReadLine& line);
  void print_answer(const std::function<Generation(const OnText&)>& generate);
  void finish_answer(const Generation& answer);
  void explain_end(const Generation& answer) const;

  ChatSession session_;
  std::function<void(ChatSession&, const std::string&)> change_model_;
  std::unique_ptr<LineReader> reader_;
  ChatStyle style_;
  std::shared_ptr<ChatKeeper> keeper_;
  MessageAssembler assembler_;
  std::optional<Generation> last_answer_;
  int interrupts_ = 0;  ///< at the prompt, one after the other
  int status_ = 0;
};

}  // namespace hearth::cli
