// Small operations on folders that the stores and the downloader share, with errors that name the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// With those above it. Errors: kIo.
void make_folders(const std::filesystem::path& folder);
/// Names in a folder, sorted; none where it cannot be read. At most `most`.
std::vector<std::string> names_in(const std::filesystem::path& folder, std::size_t most = 10'000);
/// Bytes that this user may still write in the file system of `folder` (the nearest one above it that exists).
std::uint64_t free_space(const std::filesystem::path& folder);
/// Size of a regular file, through links; empty where there is none.
std::optional<std::uint64_t> file_size_of(const std::filesystem::path& path);

}  // namespace hearth
