#include "hub/stores/ollama_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "base/json.h"
#include "hearth/error.h"
#include "hub/model_name.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxManifest = 4 << 20;
constexpr std::string_view kDigest = "sha256:";
constexpr std::string_view kModelLayer = "application/vnd.ollama.image.model";
constexpr std::string_view kDefaultPlace = "registry.ollama.ai/library/";
constexpr std::string_view kDefaultHost = "registry.ollama.ai/";

struct Layer {
  std::string type, hash;
};

/// Errors: kCorruptData for a digest that is none: it becomes a part of a path.
Layer read_layer(const json::value& value, const std::string& what) {
  const JsonObject layer(value, what);
  const std::string digest = layer.require_string("digest");
  if (!digest.starts_with(kDigest) || !is_object_id(digest.substr(kDigest.size())) ||
      digest.size() != kDigest.size() + 64) {
    layer.fail("digest", "is no SHA-256");
  }
  return {layer.string("mediaType").value_or(""), digest.substr(kDigest.size())};
}

std::vector<Layer> read_manifest(const fs::path& path) {
  const json::value parsed = load_json(path, kMaxManifest);
  const JsonObject manifest(parsed, path.string());
  std::vector<Layer> layers;
  if (const json::value* config = manifest.find("config")) layers.push_back(read_layer(*config, path.string()));
  const json::array* array = manifest.array("layers");
  if (array == nullptr) manifest.fail("layers", "is missing");
  for (const json::value& value : *array) layers.push_back(read_layer(value, path.string()));
  return layers;
}

/// "registry.ollama.ai/library/llama3.2/3b" → "llama3.2:3b".
std::string model_name(const std::string& manifest) {
  const std::size_t slash = manifest.rfind('/');
  if (slash == std::string::npos) return manifest;
  std::string name = manifest.substr(0, slash) + ":" + manifest.substr(slash + 1);
  for (const std::string_view place : {kDefaultPlace, kDefaultHost}) {
    if (name.starts_with(place)) return name.substr(place.size());
  }
  return name;
}

fs::path blob_path(const fs::path& folder, const std::string& hash) { return folder / "blobs" / ("sha256-" + hash); }

StoredModel read_model(const fs::path& folder, const std::string& manifest) {
  StoredModel model;
  model.store = "ollama";
  model.name = model_name(manifest);
  model.files.push_back(folder / "manifests" / manifest);
  try {
    for (const Layer& layer : read_manifest(model.files.front())) {
      const fs::path blob = blob_path(folder, layer.hash);
      model.bytes += file_size_of(blob).value_or(0);
      model.files.push_back(blob);
      if (layer.type == kModelLayer && model.path.empty()) model.path = blob;
    }
    if (model.path.empty()) model.problem = "its manifest names no model";
    if (!model.path.empty() && !file_size_of(model.path)) model.problem = "its weights are missing";
  } catch (const Error& error) {
    model.problem = error.message();
  }
  return model;
}

}  // namespace

std::vector<StoredModel> models_in_ollama_store(const fs::path& folder) {
  std::vector<StoredModel> models;
  for (const NamedSize& file : files_below(folder / "manifests", 5)) {
    if (is_safe_relative_path(file.name)) models.push_back(read_model(folder, file.name));
  }
  return models;
}

std::uint64_t remove_from_ollama_store(const fs::path& folder, const StoredModel& model) {
  std::set<std::string> needed;
  const fs::path manifest = model.files.front();
  for (const NamedSize& file : files_below(folder / "manifests", 5)) {
    const fs::path other = folder / "manifests" / file.name;
    if (other == manifest) continue;
    try {
      for (const Layer& layer : read_manifest(other)) needed.insert(layer.hash);
    } catch (const Error& error) {
      // What it needs is not known, so nothing may go.
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}; so it is not known which files are still needed", error.message()),
                  "remove the model with 'ollama rm'");
    }
  }
  std::uint64_t freed = 0;
  std::error_code failure;
  const auto erase = [&](const fs::path& path) {
    const std::uint64_t size = file_size_of(path).value_or(0);
    if (!fs::remove(path, failure) && failure) {
      throw Error(ErrorCode::kIo, fmt::format("{}: cannot remove it: {}", path.string(), failure.message()));
    }
    freed += size;
  };
  erase(manifest);
  for (std::size_t i = 1; i < model.files.size(); ++i) {
    const std::string hash = model.files[i].filename().string().substr(std::string_view("sha256-").size());
    if (!needed.contains(hash)) erase(model.files[i]);
  }
  return freed;
}

}  // namespace hearth
