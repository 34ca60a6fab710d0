#include "cli/input.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

constexpr std::size_t kMaxInput = std::size_t{1} << 30;
constexpr std::size_t kMaxLine = std::size_t{256} << 20;

/// Adds what can be read now; false at the end.
bool read_some(std::string& to) {
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::kIo, fmt::format("cannot read standard input: {}", std::strerror(errno)));
    to.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0;
  }
}

}  // namespace

bool input_is_fed() {
  struct stat status = {};
  if (::fstat(STDIN_FILENO, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode);
}

bool input_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

std::string read_input() {
  std::string text;
  while (read_some(text)) {
    if (text.size() > kMaxInput) throw Error(ErrorCode::kUnsupported, "standard input is larger than 1 GiB");
  }
  return text;
}

std::string read_file_or_input(const std::string& path) { return path == "-" ? read_input() : read_file(path); }

std::optional<std::string> LineInput::next() {
  std::size_t searched = start_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos || (at_end_ && start_ < buffer_.size())) {
      std::string line = buffer_.substr(start_, end == std::string::npos ? end : end - start_);
      start_ = end == std::string::npos ? buffer_.size() : end + 1;
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (at_end_) return std::nullopt;
    buffer_.erase(0, start_);
    start_ = 0;
    searched = buffer_.size();
    if (buffer_.size() > kMaxLine) {
      throw Error(ErrorCode::kUnsupported, "a line of standard input is longer than 256 MiB");
    }
    at_end_ = !read_some(buffer_);
  }
}

}  // namespace hearth::cli
