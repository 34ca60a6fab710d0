#include "hub/stores/folder_scan.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "hub/model_name.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 20'000;
constexpr int kDepth = 4;
constexpr std::string_view kGguf = ".gguf";

std::string without_ending(const std::string& file) {
  std::string stem;
  int part = 0;
  int parts = 0;
  if (parse_split_name(file, stem, part, parts)) return stem;
  return file.ends_with(kGguf) ? file.substr(0, file.size() - kGguf.size()) : file;
}

StoredModel stored(const fs::path& folder, const std::string& store, const ModelFiles& found) {
  StoredModel model;
  model.store = store;
  model.path = found.is_gguf ? folder / found.files.front() : folder;
  model.name = found.is_gguf ? without_ending(found.files.front()) : folder.filename().string();
  for (const std::string& file : found.files) model.files.push_back(folder / file);
  model.bytes = found.bytes;
  model.quantization = found.quantization;
  return model;
}

}  // namespace

std::vector<NamedSize> files_below(const fs::path& folder, int depth) {
  std::vector<NamedSize> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failure), end;
       !failure && entry != end; entry.increment(failure)) {
    std::error_code broken;
    if (entry.depth() >= depth) entry.disable_recursion_pending();
    if (!entry->is_regular_file(broken) || broken) continue;
    const auto bytes = entry->file_size(broken);
    if (!broken) files.push_back({entry->path().lexically_relative(folder).generic_string(), bytes});
    if (files.size() == kMaxFiles) break;
  }
  std::sort(files.begin(), files.end(), [](const NamedSize& a, const NamedSize& b) { return a.name < b.name; });
  return files;
}

std::vector<StoredModel> models_in_folder(const fs::path& folder, const std::string& store) {
  std::vector<StoredModel> models;
  std::map<std::string, std::vector<NamedSize>> by_folder;
  for (const NamedSize& file : files_below(folder, kDepth)) {
    if (!is_safe_relative_path(file.name)) continue;
    const fs::path path(file.name);
    by_folder[path.parent_path().string()].push_back({path.filename().string(), file.bytes});
  }
  for (const auto& [below, files] : by_folder) {
    for (const ModelFiles& found : find_models(files)) {
      StoredModel model = stored(below.empty() ? folder : folder / below, store, found);
      if (!below.empty()) model.name = found.is_gguf ? below + "/" + model.name : below;
      models.push_back(std::move(model));
    }
  }
  return models;
}

std::vector<StoredModel> models_in_llama_cpp_cache(const fs::path& folder) {
  std::vector<StoredModel> models;
  for (const ModelFiles& found : find_models(files_below(folder, 0))) {
    if (found.is_gguf) models.push_back(stored(folder, "llama.cpp", found));
  }
  return models;
}

}  // namespace hearth
