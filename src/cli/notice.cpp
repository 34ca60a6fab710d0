#include "cli/notice.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "cli/terminal_text.h"

namespace hearth::cli {
namespace {

void write_stderr(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool stderr_has_colour() {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  return stderr_is_terminal() && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

void notice(std::string_view line) { write_stderr(one_line(line) + "\n"); }

void dim_notice(std::string_view line) {
  if (stderr_has_colour()) {
    write_stderr("\x1B[2m" + one_line(line) + "\x1B[0m\n");
  } else {
    notice(line);
  }
}

void progress(std::string_view line) {
  if (stderr_is_terminal()) write_stderr("\r\x1B[K" + one_line(line));
}

}  // namespace hearth::cli
