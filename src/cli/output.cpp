#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "cli/terminal_text.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

}  // namespace

Output::Output(int fd) : fd_(fd), is_terminal_(::isatty(fd) == 1) {}

void Output::raw(std::string_view bytes) {
  if (bytes.empty()) return;
  at_line_start_ = bytes.back() == '\n';
  buffer_ += bytes;
  if (buffer_.size() >= kBufferSize) flush();
}

void Output::text(std::string_view text) {
  if (is_terminal_) {
    raw(terminal_text(text));
  } else {
    raw(text);
  }
}

void Output::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    const int code = errno;
    buffer_.clear();  // so that a second flush on the way out does not fail again
    if (code == EPIPE) throw ClosedOutput();
    throw Error(ErrorCode::kIo, fmt::format("cannot write to standard output: {}", std::strerror(code)),
                "the output is not complete");
  }
  buffer_.clear();
}

Output& standard_output() {
  static Output output(STDOUT_FILENO);
  return output;
}

}  // namespace hearth::cli
