// Where chat gets its lines from: a person at a terminal, or a pipe.
#pragma once

#include <string>

#include "cli/input.h"

namespace hearth::cli {

struct ReadLine {
  enum Kind { kLine, kEnd, kInterrupted };
  Kind kind = kEnd;
  std::string text;
  bool had_text = false;  ///< of an interrupt: something had been typed
};

class LineReader {
 public:
  virtual ~LineReader() = default;
  virtual ReadLine read(const std::string& prompt) = 0;
};

/// Standard input as it comes, without a prompt.
class PipedReader : public LineReader {
 public:
  ReadLine read(const std::string&) override {
    auto line = input_.next();
    if (!line) return {};
    return {ReadLine::kLine, *std::move(line), true};
  }

 private:
  LineInput input_;
};

}  // namespace hearth::cli
