// Standard output with every failure noticed: a full disk is an Error, a reader that went away a ClosedOutput.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace hearth::cli {

/// The reader of the pipe has closed it. Not a failure: the program ends quietly.
class ClosedOutput : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output is closed"; }
};

class Output {
 public:
  explicit Output(int fd);

  bool is_terminal() const { return is_terminal_; }
  /// Bytes as they are. Buffered. Errors: kIo, ClosedOutput; also those of bytes written before.
  void raw(std::string_view bytes);
  /// Text that may come from a model or a file: on a terminal its control characters are shown and not obeyed.
  void text(std::string_view text);
  void flush();
  /// Whether what was written so far ends with a line end; true before anything was written.
  bool at_line_start() const { return at_line_start_; }

 private:
  int fd_;
  bool is_terminal_;
  bool at_line_start_ = true;
  std::string buffer_;
};

/// File descriptor 1.
Output& standard_output();

}  // namespace hearth::cli
