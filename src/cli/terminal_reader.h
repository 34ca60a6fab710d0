// Line editing at a terminal by libedit: history, UTF-8, text pasted over several lines as one, Tab for commands.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/line_reader.h"

namespace hearth::cli {

class TerminalReader : public LineReader {
 public:
  /// `history_file` is read now and written after each line; where it cannot be, history lives as long as the program.
  /// `words`: what Tab completes at the start of a line.
  TerminalReader(const std::string& history_file, std::vector<std::string> words);
  ~TerminalReader() override;
  TerminalReader(const TerminalReader&) = delete;
  TerminalReader& operator=(const TerminalReader&) = delete;

  /// Ctrl-C gives kInterrupted, Ctrl-D on an empty line kEnd.
  ReadLine read(const std::string& prompt) override;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace hearth::cli
