// The built program as a child: its input fed, its output caught, in a home folder of its own. Nothing of the person's
// own settings reaches it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/fixtures.h"

namespace hearth::testing {

struct Finished {
  int status = -1;       ///< exit status, 128 + signal, or -1 where it had to be killed after its time
  std::string out, err;  ///< at a terminal everything is in `out`
};

struct Start {
  std::vector<std::string> arguments = {};
  std::map<std::string, std::string> environment = {};
  std::filesystem::path folder = {};  ///< working folder; empty: the home folder
  bool at_terminal = false;           ///< stdin, stdout and stderr are a pseudo-terminal
  std::string stdout_file = {};       ///< stdout goes to this file instead of a pipe
  std::string program = HEARTH_BINARY;
  bool without_stdout = false;  ///< descriptor 1 is closed
};

class HearthProcess {
 public:
  HearthProcess(const std::filesystem::path& home, const Start& start);
  ~HearthProcess();
  HearthProcess(const HearthProcess&) = delete;
  HearthProcess& operator=(const HearthProcess&) = delete;

  void write(const std::string& input);
  void close_input();
  /// What stdout gets from now on has nobody to read it.
  void close_output();
  /// Whether `text` shows up on stdout (at a terminal: anywhere) after what the last call found, within 30 seconds.
  bool wait_for(const std::string& text);
  void signal(int number);
  Finished finish();  ///< closes the input and waits

  const std::string& seen() const { return out_; }

 private:
  bool read_more(int timeout_ms);
  void wait_child(int timeout_ms);

  pid_t pid_ = -1;
  int in_ = -1, out_fd_ = -1, err_fd_ = -1;
  std::string out_, err_;
  std::size_t searched_ = 0;
  int status_ = -1;
  bool is_terminal_ = false, waited_ = false;
};

/// Runs it to its end.
Finished run_hearth(const std::filesystem::path& home, const Start& start, const std::string& input = "");

}  // namespace hearth::testing
