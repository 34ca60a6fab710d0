// Removing a model: Hearth's own freely, another program's only by force.
#include <fmt/format.h>

#include <system_error>

#include "hearth/error.h"
#include "hub/stores/folders.h"
#include "hub/stores/ollama_store.h"
#include "runtime/library/library.h"
#include "runtime/library/pulled_record.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

std::uint64_t remove_files(const StoredModel& model) {
  std::uint64_t freed = 0;
  std::error_code failure;
  for (const fs::path& file : model.files) {
    // A link of an import goes; what it leads to is somebody else's.
    const bool is_link = fs::is_symlink(file, failure);
    const std::uint64_t size = is_link ? 0 : file_size_of(file).value_or(0);
    if (!fs::remove(file, failure) && failure) {
      throw Error(ErrorCode::kIo, fmt::format("{}: cannot remove it: {}", file.string(), failure.message()));
    }
    freed += size;
  }
  return freed;
}

/// What `hearth import` made: a file, a folder, or a link to either.
std::uint64_t remove_import(const LibraryPlaces& places, const StoredModel& model) {
  const fs::path imported = places.models_folder / "imported";
  const fs::path below = model.path.lexically_relative(imported);
  if (below.empty() || *below.begin() == "..") return remove_files(model);
  const fs::path top = imported / *below.begin();
  std::error_code failure;
  const bool is_link = fs::is_symlink(top, failure);
  fs::remove_all(top, failure);  // of a link, the link
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: cannot remove it: {}", top.string(), failure.message()));
  return is_link ? 0 : model.bytes;
}

fs::path ollama_folder_of(const LibraryPlaces& places, const StoredModel& model) {
  for (const fs::path& folder : places.ollama) {
    const fs::path below = model.files.front().lexically_relative(folder);
    if (!below.empty() && *below.begin() == "manifests") return folder;
  }
  throw Error(ErrorCode::kInternal, fmt::format("{} lies in no store of Ollama's", model.name));
}

}  // namespace

Removed remove_model(const std::string& name, bool force) {
  if (remove_alias(name)) return {fmt::format("the alias {}", name), 0};
  const Library library;
  std::error_code ignored;
  if (fs::exists(name, ignored)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is a file or folder of yours, not a name", name),
                "remove it with rm");
  }
  const auto model = library.find(name);
  if (!model) {
    std::string hint = library.near_names_hint(name);
    if (hint.empty()) hint = "'hearth list' shows what is there";
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such model on this disk", name), std::move(hint));
  }
  const LibraryPlaces& places = library.places();
  const bool is_pulled = pulled_models(places.data_folder).contains(model->path.string());
  if (model->store != "hearth" && !is_pulled && !force) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is another program's ({}: {})", model->name, model->store, model->path.string()),
                "remove it there, or say --force");
  }
  Removed removed;
  removed.what = model->name;
  if (model->store == "huggingface") {
    removed.bytes = library.cache().remove(*model).bytes;
    forget_pulled(places.data_folder, model->path);
  } else if (model->store == "ollama") {
    removed.bytes = remove_from_ollama_store(ollama_folder_of(places, *model), *model);
  } else if (model->store == "hearth") {
    removed.bytes = remove_import(places, *model);
  } else {
    removed.bytes = remove_files(*model);
  }
  return removed;
}

}  // namespace hearth
