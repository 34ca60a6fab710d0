// A disk without room, told apart from other refusals of the operating system: who asked can make room and ask again.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "hearth/error.h"

namespace hearth {

/// Its code is kIo.
class DiskFullError : public Error {
 public:
  explicit DiskFullError(std::string message, std::string hint = "make room on that disk")
      : Error(ErrorCode::kIo, std::move(message), std::move(hint)) {}
};

/// No space, or no more of it for this user.
bool is_disk_full(const std::error_code& failure);

/// "PATH: cannot ACTION: what the system says". Errors: always; DiskFullError, else kIo.
[[noreturn]] void fail_io(const std::filesystem::path& path, const char* action, const std::error_code& failure);

}  // namespace hearth
