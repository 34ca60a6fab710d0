#include "runtime/library/library.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "base/near_name.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "hub/catalog/quantization_label.h"
#include "hub/download/url.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/folders.h"
#include "hub/stores/ollama_store.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxCatalog = 4 << 20;
constexpr int kMostAliases = 8;  // that lead to one another
constexpr std::size_t kNearNames = 3;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

void append(std::vector<StoredModel>& to, std::vector<StoredModel> more) {
  for (StoredModel& model : more) to.push_back(std::move(model));
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::exists(path, ignored);
}

ModelFiles as_files(const StoredModel& model) {
  return {
      !fs::is_directory(model.path), model.quantization, {model.path.filename().string()}, model.bytes, model.bytes};
}

/// Of several quantisations the one that fits, as a pull would choose.
StoredModel best_of(std::vector<StoredModel> models, const CatalogEntry* entry) {
  std::vector<ModelFiles> files;
  files.reserve(models.size());
  for (const StoredModel& model : models) files.push_back(as_files(model));
  const std::uint64_t memory = system_report().memory_available;
  const Choice choice = choose_quantization(
      files, memory, [&](const ModelFiles& file) { return memory_for(entry, file.weight_bytes, 0); });
  return std::move(models[choice.index]);
}

}  // namespace

Catalog load_catalog(const fs::path& config_folder) {
  Catalog catalog = Catalog::builtin();
  const fs::path own = config_folder / "catalog.toml";
  std::error_code ignored;
  if (fs::exists(own, ignored)) catalog.merge(Catalog::parse(read_file(own, kMaxCatalog), own.string()));
  return catalog;
}

Library::Library()
    : places_(library_places()),
      catalog_(load_catalog(places_.config_folder)),
      cache_(places_.hub_cache),
      aliases_(aliases()) {}

ResolvedName Library::resolve(const std::string& text) const {
  std::string name = text;
  for (int i = 0; i < kMostAliases && aliases_.contains(name); ++i) name = aliases_.at(name);
  ResolvedName resolved;
  if (const auto match = catalog_.find(name)) {
    resolved.name.text = name;
    resolved.catalog = *match;
    resolved.repository = match->entry->repository;
    resolved.revision = match->entry->revision;
    resolved.quantization = match->quantization;
    return resolved;
  }
  resolved.name = parse_model_name(name, hub_connection().endpoint);
  resolved.repository = resolved.name.repository;
  resolved.revision = resolved.name.revision.empty() ? "main" : resolved.name.revision;
  resolved.quantization = resolved.name.quantization;
  resolved.file = resolved.name.file;
  return resolved;
}

std::vector<StoredModel> Library::own_models() const {
  std::vector<StoredModel> models;
  const fs::path imported = places_.models_folder / "imported";
  for (const std::string& name : names_in(imported)) {
    if (name.starts_with('.')) continue;  // one that is being imported
    std::error_code ignored;
    if (fs::is_directory(imported / name, ignored)) {
      for (StoredModel& model : models_in_folder(imported / name, "hearth")) {
        if (model.path == imported / name) model.name = name;
        models.push_back(std::move(model));
      }
    } else if (const auto bytes = file_size_of(imported / name); bytes && name.ends_with(".gguf")) {
      StoredModel model;
      model.store = "hearth";
      model.name = name.substr(0, name.size() - 5);
      model.path = imported / name;
      model.files = {model.path};
      model.bytes = *bytes;
      models.push_back(std::move(model));
    }
  }
  append(models, models_in_folder(places_.models_folder / "addresses", "hearth"));
  return models;
}

std::vector<StoredModel> Library::stored_models() const {
  std::vector<StoredModel> models = own_models();
  append(models, cache_.models());
  for (const fs::path& folder : places_.ollama) append(models, models_in_ollama_store(folder));
  for (const fs::path& folder : places_.lmstudio) append(models, models_in_folder(folder, "lmstudio"));
  for (const fs::path& folder : places_.llama_cpp) append(models, models_in_llama_cpp_cache(folder));
  for (const fs::path& folder : places_.folders) append(models, models_in_folder(folder, "folder"));
  return models;
}

/// The hub takes names in any case, so whoever fetched it may have written another one.
std::vector<StoredModel> Library::models_of_repository(const std::string& repository) const {
  std::vector<StoredModel> models = cache_.models_of(repository);
  if (!models.empty()) return models;
  for (const std::string& there : cache_.repositories()) {
    if (lower(there) == lower(repository)) append(models, cache_.models_of(there));
  }
  return models;
}

std::optional<StoredModel> Library::find_in_repository(const ResolvedName& resolved) const {
  if (resolved.repository.empty()) return std::nullopt;
  std::vector<StoredModel> candidates;
  for (StoredModel& model : models_of_repository(resolved.repository)) {
    if (resolved.catalog.entry != nullptr && model.quantization.empty()) {
      for (const auto& [quantization, file] : resolved.catalog.entry->files) {
        if (model.path.filename() == file) model.quantization = quantization;
      }
    }
    const bool is_revision =
        resolved.name.revision.empty() || cache_.commit_of(model.repository, resolved.name.revision) == model.commit;
    const std::string below = model.path.lexically_relative(cache_.snapshot(model.repository, model.commit)).string();
    const bool is_file = resolved.file.empty() || below == resolved.file;
    const bool is_quantization = resolved.quantization.empty() || model.quantization == resolved.quantization;
    if (is_revision && is_file && is_quantization) candidates.push_back(std::move(model));
  }
  // A repository may hold its weights in both forms; GGUF is what was asked for, unless there is none.
  std::vector<StoredModel> ggufs;
  for (const StoredModel& model : candidates) {
    if (model.path.extension() == ".gguf") ggufs.push_back(model);
  }
  if (!ggufs.empty()) candidates = std::move(ggufs);
  if (candidates.empty()) return std::nullopt;
  return best_of(std::move(candidates), resolved.catalog.entry);
}

std::optional<StoredModel> Library::find_by_store_name(const std::string& text, const ResolvedName& resolved) const {
  std::vector<std::string> wanted = {lower(text), lower(text) + ":latest"};
  if (resolved.catalog.entry != nullptr && resolved.quantization.empty()) {
    wanted.push_back(lower(resolved.catalog.entry->full_name()));
  }
  std::vector<StoredModel> models = stored_models();
  for (const bool by_end : {false, true}) {
    for (StoredModel& model : models) {
      if (!model.problem.empty()) continue;
      // Behind the folders of LM Studio's and others' the last part of the path is the name people know.
      const std::string name = lower(by_end ? fs::path(model.name).filename().string() : model.name);
      if (by_end && (model.store == "huggingface" || model.store == "ollama")) continue;
      if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) return std::move(model);
    }
  }
  return std::nullopt;
}

fs::path Library::place_of_address(const std::string& address) const {
  const auto url = parse_url(address);
  if (!url) throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: that is no address", quote(address)));
  std::string path = url->host + url->path;
  path.erase(std::remove(path.begin(), path.end(), ':'), path.end());
  if (!is_safe_relative_path(path)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: that address makes no file name", quote(address)));
  }
  return places_.models_folder / "addresses" / path;
}

std::optional<StoredModel> Library::find(const std::string& text) const {
  const auto at_path = [](const fs::path& path) {
    StoredModel model;
    model.store = "folder";
    model.name = model.path = path;
    return model;
  };
  if (is_there(text)) return at_path(text);
  std::string name = text;
  for (int i = 0; i < kMostAliases && aliases_.contains(name); ++i) name = aliases_.at(name);
  if (is_there(name)) return at_path(name);
  for (StoredModel& model : own_models()) {
    if (lower(model.name) == lower(name)) return std::move(model);
  }
  // An alias may stand for a name that only a store knows ("hf.co/owner/repo:tag" of Ollama's).
  ResolvedName resolved;
  try {
    resolved = resolve(name);
  } catch (const Error&) {
    return find_by_store_name(name, {});
  }
  if (resolved.name.kind == ModelName::kUrl) {
    const fs::path place = place_of_address(resolved.name.text);
    return is_there(place.string()) ? std::optional(at_path(place)) : std::nullopt;
  }
  if (auto model = find_in_repository(resolved)) return model;
  if (auto model = find_by_store_name(name, resolved)) return model;
  std::vector<StoredModel> elsewhere = models_elsewhere(resolved);
  if (elsewhere.empty()) return std::nullopt;
  return best_of(std::move(elsewhere), resolved.catalog.entry);
}

std::vector<std::string> Library::names() const {
  std::vector<std::string> names;
  for (const auto& [alias, target] : aliases_) names.push_back(alias);
  for (const StoredModel& model : stored_models()) {
    if (model.problem.empty()) names.push_back(model.name);
  }
  for (std::string& name : catalog_.names()) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string Library::near_names_hint(const std::string& typed) const {
  const std::vector<std::string> near = near_names(lower(typed), names(), kNearNames);
  if (near.empty()) return "";
  return fmt::format("did you mean {}?", fmt::join(near, " or "));
}

}  // namespace hearth
