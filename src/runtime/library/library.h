// The user's collection of models, put together from settings, environment, catalog and the stores on this disk. Made
// anew for each call: what lies on the disk may have changed.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hearth/hub.h"
#include "hub/catalog/catalog.h"
#include "hub/download/hub_api.h"
#include "hub/model_files.h"
#include "hub/model_name.h"
#include "hub/stores/hf_cache.h"
#include "hub/stores/stored_model.h"

namespace hearth {

/// Where things are, as settings and environment say.
struct LibraryPlaces {
  std::filesystem::path hub_cache, models_folder, data_folder, config_folder;
  std::vector<std::filesystem::path> ollama, lmstudio, llama_cpp, folders;
};
LibraryPlaces library_places();

/// Endpoint, token, offline, as Hugging Face's own programs read them: HF_ENDPOINT, HF_TOKEN (or the file at
/// HF_TOKEN_PATH, or HF_HOME/token), HF_HUB_OFFLINE. Errors: kInvalidArgument for an endpoint that is no address.
HubConnection hub_connection();

/// What a name means, aliases followed.
struct ResolvedName {
  ModelName name;
  CatalogMatch catalog;              ///< entry is nullptr where the catalog does not know it
  std::string repository, revision;  ///< of the catalog's entry or the name; may be empty
  std::string quantization, file;
};

class Library {
 public:
  Library();

  const LibraryPlaces& places() const { return places_; }
  const Catalog& catalog() const { return catalog_; }
  const HfCache& cache() const { return cache_; }

  /// Aliases followed, then taken apart. Errors: kInvalidArgument.
  ResolvedName resolve(const std::string& text) const;
  /// Every model on this disk, not looked into.
  std::vector<StoredModel> stored_models() const;
  /// The one that a name means, or nothing.
  std::optional<StoredModel> find(const std::string& text) const;
  /// Models of a repository that other programs fetched into stores of their own.
  std::vector<StoredModel> models_elsewhere(const ResolvedName& resolved) const;
  /// Where a file from an address without a hub lies. Errors: kInvalidArgument.
  std::filesystem::path place_of_address(const std::string& address) const;

  std::vector<std::string> names() const;
  /// "did you mean 'a' or 'b'?", or empty.
  std::string near_names_hint(const std::string& typed) const;

 private:
  std::vector<StoredModel> own_models() const;
  std::vector<StoredModel> models_of_repository(const std::string& repository) const;
  std::optional<StoredModel> find_in_repository(const ResolvedName& resolved) const;
  std::optional<StoredModel> find_by_store_name(const std::string& text, const ResolvedName& resolved) const;

  LibraryPlaces places_;
  Catalog catalog_;
  HfCache cache_;
  std::map<std::string, std::string> aliases_;
};

/// The catalog with the user's own entries.
Catalog load_catalog(const std::filesystem::path& config_folder);
/// Memory that running a choice of files takes at the usual context (or `context`): by the catalog's shape, or else
/// about.
std::uint64_t memory_for(const CatalogEntry* entry, std::uint64_t weight_bytes, std::int64_t context);
/// A description that memory_need() reads, from an entry's shape; empty where the catalog does not know it.
std::optional<ModelInfo> shape_of(const CatalogEntry& entry, std::uint64_t weight_bytes, std::string_view quantization);
/// The public form of an entry.
CatalogModel public_entry(const CatalogEntry& entry);

}  // namespace hearth
