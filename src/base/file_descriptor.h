// An open file of the operating system, closed when it goes out of scope. Only base/ uses it.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace hearth {

/// Errors: always; kNotFound when errno says so, else as fail_io().
[[noreturn]] void fail_errno(const std::filesystem::path& path, const char* action);

class FileDescriptor {
 public:
  /// Errors: kNotFound, kIo.
  FileDescriptor(const std::filesystem::path& path, int flags, mode_t mode = 0);
  /// Takes over `fd`; -1 stands for none.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace hearth
