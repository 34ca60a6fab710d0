// Hashes of files: SHA-256 as the hub states it for large files, git's SHA-1 for small ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/digest.h"

namespace hearth {

struct HashProgress {
  std::function<void(std::uint64_t done, std::uint64_t total)> report;
  const std::atomic<bool>* cancel = nullptr;
};

/// SHA-256 of a file. Errors: kNotFound, kIo, kCancelled.
std::string sha256_of_file(const std::filesystem::path& path, const HashProgress& progress = {});
/// The name git gives a file's content: SHA-1 of "blob SIZE\0" and the bytes. Errors: as above.
std::string git_blob_id(const std::filesystem::path& path, const HashProgress& progress = {});
/// What the name of a blob promises, by its length: 64 digits are SHA-256, 40 git's id. Errors: as above.
std::string object_id_of_file(const std::filesystem::path& path, std::size_t digits, const HashProgress& progress = {});

}  // namespace hearth
