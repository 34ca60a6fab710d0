// What tests of conversations by `hearth chat` stand on: a tiny chat model that always answers "abc". See ProgramTest.
#pragma once

#include <string>
#include <vector>

#include "program_test.h"

namespace hearth::testing {

class ChatProgramTest : public ProgramTest {
 protected:
  std::string chat_model() const { return llama({.context = 256, .chat_template = kChatTemplate}, "chat.gguf"); }
  /// `hearth chat` with `input` at its stdin, answers of at most three tokens, and `more` arguments.
  Finished chat(const std::string& input, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"chat", chat_model(), "-n", "3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, input);
  }
};

}  // namespace hearth::testing
