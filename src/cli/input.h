// Standard input: whole, or a line at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hearth::cli {

/// Whether somebody feeds standard input: a pipe, a file or a socket, not a terminal or /dev/null.
bool input_is_fed();
bool input_is_terminal();

/// Up to its end. Errors: kIo, kUnsupported beyond 1 GiB.
std::string read_input();
/// The file, or standard input for "-". Errors: as read_file().
std::string read_file_or_input(const std::string& path);

class LineInput {
 public:
  /// The next line of standard input without its line end; empty at the end. Errors: kIo, kUnsupported for a line
  /// beyond 256 MiB.
  std::optional<std::string> next();

 private:
  std::string buffer_;
  std::size_t start_ = 0;
  bool at_end_ = false;
};

}  // namespace hearth::cli
