#include "runtime/manager/shelf_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "hearth/error.h"
#include "hub/model_files.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGguf = ".gguf";
constexpr std::size_t kMostNames = 100'000;  // in the folder itself

OfferedModel offered(const StoredModel& stored, std::string id) {
  OfferedModel model;
  model.id = std::move(id);
  model.path = stored.path.string();
  for (const fs::path& file : stored.files) model.files.push_back(file.string());
  model.store = "folder";
  model.bytes = stored.bytes;
  model.quantization = stored.quantization;
  return model;
}

StoredModel at_top(const fs::path& folder, const ModelFiles& found) {
  StoredModel model;
  model.path = found.is_gguf ? folder / found.files.front() : folder;
  for (const std::string& file : found.files) model.files.push_back(folder / file);
  model.bytes = found.bytes;
  model.quantization = found.quantization;
  return model;
}

}  // namespace

std::string stem_of_model(const fs::path& path) {
  fs::path plain = path.lexically_normal();
  if (!plain.has_filename()) plain = plain.parent_path();  // "folder/"
  const std::string file = plain.filename().string();
  std::string stem;
  int part = 0;
  int parts = 0;
  if (parse_split_name(file, stem, part, parts)) return stem;
  return file.ends_with(kGguf) && file.size() > kGguf.size() ? file.substr(0, file.size() - kGguf.size()) : file;
}

std::vector<OfferedModel> models_under_stems(const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such folder of models", folder.string()));
  }
  if (const fs::directory_iterator readable(folder, failure); failure) {
    throw Error(ErrorCode::kIo, fmt::format("{}: cannot be read: {}", folder.string(), failure.message()),
                "its models could not be found; the user that this runs as needs the right to read it");
  }
  std::vector<NamedSize> files;
  std::vector<std::string> folders;
  for (const std::string& name : names_in(folder, kMostNames)) {
    if (name.starts_with('.')) continue;
    if (fs::is_directory(folder / name, failure)) {
      folders.push_back(name);
    } else if (const auto bytes = file_size_of(folder / name)) {
      files.push_back({name, *bytes});
    }
  }
  std::vector<OfferedModel> models;
  std::set<std::string> taken;
  const auto add = [&](const StoredModel& stored, std::string id, std::vector<std::string> other_names = {}) {
    if (taken.contains(id)) id += fs::is_directory(stored.path, failure) ? "-safetensors" : "-gguf";
    if (!taken.insert(id).second) return;
    models.push_back(offered(stored, id));
    models.back().other_names = std::move(other_names);
  };
  for (const ModelFiles& found : find_models(files)) {
    const StoredModel stored = at_top(folder, found);
    add(stored, stem_of_model(fs::absolute(stored.path, failure)));
  }
  for (const std::string& name : folders) {
    const std::vector<StoredModel> below = models_in_folder(folder / name, "folder");
    for (const StoredModel& stored : below) {
      const std::string nested = name + "/" + stored.name;
      if (stored.path == folder / name) {
        add(stored, name);
      } else if (below.size() == 1) {  // the folder holds this model and nothing else: people know it by the folder
        add(stored, name, {nested});
      } else {
        add(stored, nested);
      }
    }
  }
  std::sort(models.begin(), models.end(), [](const OfferedModel& a, const OfferedModel& b) { return a.id < b.id; });
  return models;
}

}  // namespace hearth
