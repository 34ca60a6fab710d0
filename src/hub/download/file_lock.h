// A lock between processes: flock() on a file, as Hugging Face's own downloader takes it. The kernel lets go of it when
// its holder dies, however that happens.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/file_descriptor.h"

namespace hearth {

class FileLock {
 public:
  /// Waits until nobody else holds it; `on_wait` is called now and then meanwhile. Makes the folders above. Errors:
  /// kIo; kCancelled when `cancel` is set.
  static FileLock wait_for(const std::filesystem::path& path, const std::atomic<bool>* cancel,
                           const std::function<void()>& on_wait);
  /// Empty when somebody holds it.
  static std::unique_ptr<FileLock> try_take(const std::filesystem::path& path);

  FileLock(FileLock&&) = default;

 private:
  explicit FileLock(std::unique_ptr<FileDescriptor> file) : file_(std::move(file)) {}
  std::unique_ptr<FileDescriptor> file_;
};

}  // namespace hearth
