// Tells answers that are being written from those whose process died: each process that writes answers holds the lock
// of one byte of a file beside the database for as long as it lives. The system gives the lock back however it ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/file_descriptor.h"

namespace hearth {

class RunnerLock {
 public:
  /// Errors: StoreError where the file cannot be made.
  explicit RunnerLock(const std::filesystem::path& database);

  /// From now on this runner lives. Once.
  void hold(std::int64_t runner);
  /// Whether some object, here or in another process, holds it.
  bool is_alive(std::int64_t runner) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<FileDescriptor> file_;
};

}  // namespace hearth
