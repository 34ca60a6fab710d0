#include "runtime/manager/file_state.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <system_error>

#include "hub/model_files.h"
#include "hub/stores/folders.h"

namespace hearth {

namespace fs = std::filesystem;

std::optional<std::string> file_state(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) return std::nullopt;
    fmt::format_to(std::back_inserter(text), "{}:{}:{}:{}.{};", status.st_dev, status.st_ino, status.st_size,
                   status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  }
  return text;
}

std::vector<std::string> files_of_model(const std::string& path) {
  std::error_code ignored;
  const fs::path model(path);
  std::vector<std::string> files;
  if (fs::is_directory(model, ignored)) {
    for (const std::string& name : names_in(model)) {
      if (is_wanted_file(name) && file_size_of(model / name)) files.push_back((model / name).string());
    }
    if (files.empty()) files.push_back(path);
    return files;
  }
  std::string stem;
  int part = 0;
  int parts = 0;
  if (!parse_split_name(model.filename().string(), stem, part, parts)) return {path};
  for (const std::string& name : names_in(model.parent_path())) {
    std::string other_stem;
    int other_part = 0;
    int other_parts = 0;
    if (parse_split_name(name, other_stem, other_part, other_parts) && other_stem == stem && other_parts == parts) {
      files.push_back((model.parent_path() / name).string());
    }
  }
  if (files.empty()) files.push_back(path);
  return files;
}

}  // namespace hearth
